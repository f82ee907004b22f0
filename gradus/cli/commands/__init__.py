"""The commands, one a file: NAME.py holds the command NAME. A file that is added here is a command that is added."""
