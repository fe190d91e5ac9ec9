"""What the project measures about itself: each module or package is a command that prints a table."""
