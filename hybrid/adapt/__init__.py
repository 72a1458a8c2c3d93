"""Taking what was learned to new people, new items and new catalogs."""
