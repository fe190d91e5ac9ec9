"""Whether what a home holds is current, and why not."""
