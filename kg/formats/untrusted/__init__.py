"""Reads RDF that nobody vouches for, in a process of its own; `kg.formats.isolated` starts it.

Nothing here imports from outside this folder but the standard library and pyoxigraph, so that the process
starts at once and has little to lose.
"""
