"""Employers, and job postings with their life from draft to screen to expiry."""
