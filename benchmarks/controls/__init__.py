"""Whether negative controls keep their size where nothing is wrong, and what calibration does where something is."""
