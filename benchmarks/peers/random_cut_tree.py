"""Random cut trees over a sliding window of points, with the score of the newest.

After Guha, Mishra, Roy and Schrijvers 2016, Robust Random Cut Forest Based Anomaly
Detection on Streams: a tree of cuts drawn in proportion to the extent of the box
of its points; points come and go without the tree being built anew (InsertPoint and
ForgetPoint), and the distribution of trees is that of a tree built from scratch.
Points that are equal share a leaf.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.history import F64, I64

I32 = NDArray[np.int32]
NONE = -1
LEFT, RIGHT, PARENT, DIM, COUNT = range(5)


@numba.njit(nogil=True, cache=True)
def collusive_displacement(points: F64, trees: int, size: int, seed: int) -> F64:
    """The mean CoDisp of each point when it is the newest of the last ``size``.

    points: f8[n, dimensions], finite. Returns f8[n], at least 0: in how many points a point (or
    the group that hides it) displaces, for each of its own; the greatest over such groups.
    """
    n, dimensions = points.shape
    score = np.zeros(n)
    for tree in range(trees):
        # Each tree its own: what a tree draws must not hang on how many points the last one saw.
        np.random.seed(seed + tree)
        links = np.full((2 * size, 5), NONE, np.int32)
        cut = np.zeros(2 * size)
        box = np.zeros((2 * size, 2, dimensions))
        free = np.arange(2 * size + 1)
        leaf_of = np.full(size, NONE, np.int32)
        # The last entry of `free` counts those taken; the root is kept beside it.
        free[2 * size] = 0
        root = NONE
        for k in range(n):
            slot = k % size
            if k >= size:
                root = _forget(leaf_of[slot], root, links, box, free)
            leaf_of[slot], root = _insert(points[k], root, links, cut, box, free)
            score[k] += _displacement(leaf_of[slot], links)
    return score / trees


@numba.njit(nogil=True, cache=True)
def _take(free: I64) -> int:
    taken = free[-1]
    free[-1] += 1
    return free[taken]


@numba.njit(nogil=True, cache=True)
def _give_back(free: I64, node: int) -> None:
    free[-1] -= 1
    free[free[-1]] = node


@numba.njit(nogil=True, cache=True)
def _new_leaf(p: F64, links: I32, box: F64, free: I64) -> int:
    leaf = _take(free)
    for field in range(COUNT):
        links[leaf, field] = NONE
    links[leaf, COUNT] = 1
    for i in range(len(p)):
        box[leaf, 0, i] = box[leaf, 1, i] = p[i]
    return leaf


@numba.njit(nogil=True, cache=True)
def _insert(p: F64, root: int, links: I32, cut: F64, box: F64, free: I64) -> tuple[int, int]:
    """Put ``p`` in and return its leaf and the root."""
    if root == NONE:
        leaf = _new_leaf(p, links, box, free)
        return leaf, leaf
    node = root
    while True:
        extent = 0.0
        for j in range(len(p)):
            extent += max(box[node, 1, j], p[j]) - min(box[node, 0, j], p[j])
        if extent == 0.0:
            while node != NONE:
                links[node, COUNT] += 1
                node = links[node, PARENT]
            return _leaf_at(p, root, links, cut), root
        place = np.random.random() * extent
        j = 0
        while True:
            low, high = min(box[node, 0, j], p[j]), max(box[node, 1, j], p[j])
            if place < high - low or j == len(p) - 1:
                break
            place -= high - low
            j += 1
        at = min(low + place, high)
        below = p[j] <= at < box[node, 0, j]
        if below or box[node, 1, j] <= at < p[j]:
            return _split(p, node, root, j, at, below, links, cut, box, free)
        if links[node, LEFT] == NONE:
            continue  # a cut through the leaf's own point: rounding; draw again
        links[node, COUNT] += 1
        for i in range(len(p)):
            box[node, 0, i] = min(box[node, 0, i], p[i])
            box[node, 1, i] = max(box[node, 1, i], p[i])
        node = links[node, LEFT] if p[links[node, DIM]] <= cut[node] else links[node, RIGHT]


@numba.njit(nogil=True, cache=True)
def _leaf_at(p: F64, root: int, links: I32, cut: F64) -> int:
    node = root
    while links[node, LEFT] != NONE:
        node = links[node, LEFT] if p[links[node, DIM]] <= cut[node] else links[node, RIGHT]
    return node


@numba.njit(nogil=True, cache=True)
def _split(
    p: F64, node: int, root: int, j: int, at: float, below: bool, links: I32, cut: F64, box: F64, free: I64
) -> tuple[int, int]:
    """Part ``p`` from ``node`` and all under it by a cut of dimension ``j``; its leaf and the root."""
    leaf = _new_leaf(p, links, box, free)
    above = _take(free)
    parent = links[node, PARENT]
    links[above, LEFT], links[above, RIGHT] = (leaf, node) if below else (node, leaf)
    links[above, PARENT], links[above, DIM] = parent, j
    links[above, COUNT] = links[node, COUNT] + 1
    cut[above] = at
    for i in range(len(p)):
        box[above, 0, i] = min(box[node, 0, i], p[i])
        box[above, 1, i] = max(box[node, 1, i], p[i])
    links[node, PARENT] = above
    links[leaf, PARENT] = above
    if parent == NONE:
        return leaf, above
    links[parent, LEFT if links[parent, LEFT] == node else RIGHT] = above
    return leaf, root


@numba.njit(nogil=True, cache=True)
def _forget(leaf: int, root: int, links: I32, box: F64, free: I64) -> int:
    """Take one point out of a leaf and return the root."""
    node = leaf
    if links[leaf, COUNT] == 1:
        parent = links[leaf, PARENT]
        _give_back(free, leaf)
        if parent == NONE:
            return NONE
        other = links[parent, RIGHT] if links[parent, LEFT] == leaf else links[parent, LEFT]
        node = links[parent, PARENT]
        links[other, PARENT] = node
        _give_back(free, parent)
        if node == NONE:
            return other
        links[node, LEFT if links[node, LEFT] == parent else RIGHT] = other
    while node != NONE:
        links[node, COUNT] -= 1
        left, right = links[node, LEFT], links[node, RIGHT]
        if left != NONE:
            for i in range(box.shape[2]):
                box[node, 0, i] = min(box[left, 0, i], box[right, 0, i])
                box[node, 1, i] = max(box[left, 1, i], box[right, 1, i])
        node = links[node, PARENT]
    return root


@numba.njit(nogil=True, cache=True)
def _displacement(leaf: int, links: I32) -> float:
    most, node = 0.0, leaf
    while links[node, PARENT] != NONE:
        parent = links[node, PARENT]
        other = links[parent, RIGHT] if links[parent, LEFT] == node else links[parent, LEFT]
        most = max(most, links[other, COUNT] / links[node, COUNT])
        node = parent
    return most
