"""What the processes of Yizhan say to each other (`contracts`) and how it travels (`bus`, `database`)."""

__version__ = "0.1.0"
