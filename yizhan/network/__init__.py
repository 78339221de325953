"""The stations' tree and the staff as a service hears of them, and who may do what where."""
