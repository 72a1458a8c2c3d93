"""Where the RDF is kept: Oxigraph in memory or on disk, or any SPARQL 1.1 endpoint; one file each."""
