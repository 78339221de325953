"""What Redis runs, all or nothing. Each script names its keys, arguments and answers."""
