"""Graph networks over a numbered knowledge graph: tensors, layers, training, vectors."""

from gnn.adjacency import Adjacency
from gnn.embeddings import Embeddings
from gnn.encoder import EncoderOptions, GraphEncoder
from gnn.tensors import to_hetero
from gnn.train import TrainOptions, train

__all__ = [
    "Adjacency",
    "Embeddings",
    "EncoderOptions",
    "GraphEncoder",
    "TrainOptions",
    "to_hetero",
    "train",
]
