"""What teams use today, each with its best published settings, on the telemetry that coolwatch sees."""

from benchmarks.peers.alert import Alert
from benchmarks.peers.ewma import Ewma
from benchmarks.peers.half_space_trees import HalfSpaceTrees
from benchmarks.peers.history import Grid, History, grid, history_of
from benchmarks.peers.median_mad import MedianMad
from benchmarks.peers.netdata_kmeans import NetdataKMeans
from benchmarks.peers.peer import Peer
from benchmarks.peers.plant_rule import PlantRule
from benchmarks.peers.predict_linear import PredictLinear
from benchmarks.peers.random_cut_forest import RandomCutForest
from benchmarks.peers.static_threshold import StaticThreshold

PEERS: list[Peer] = [
    StaticThreshold(),
    PlantRule(),
    PredictLinear(15 * 60, 30 * 60),
    PredictLinear(5 * 60, 10 * 60),
    Ewma(),
    MedianMad(),
    NetdataKMeans(),
    HalfSpaceTrees(),
    RandomCutForest(),
]

__all__ = ["PEERS", "Alert", "Grid", "History", "Peer", "grid", "history_of"]
