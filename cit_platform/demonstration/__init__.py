"""What is known of the demonstration city."""
