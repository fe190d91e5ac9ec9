"""What CIT certification is associated with, from Seattle's open crisis-contact records to a published edition."""
