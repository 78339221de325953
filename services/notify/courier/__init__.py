"""`yizhan courier`: takes due deliveries out of the house, and writes down what became of each."""
