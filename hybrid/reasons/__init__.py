"""Why an item: what carried its score, tested, told in words, drawn, and open to what-if."""
