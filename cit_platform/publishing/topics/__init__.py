"""One file per question: its findings in words, its chart, its tables and what is written under them."""
