"""The outlet: the process by which other systems of the county hear events and send postings."""
