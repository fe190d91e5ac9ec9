"""What the reader sees: figures, findings in words, the page and the edition that freezes them."""
