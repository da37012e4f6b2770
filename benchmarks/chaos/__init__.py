"""The daemon broken on purpose, again and again: ``python -m benchmarks.chaos [--minutes 30] [--seed N]``.

A round has a topic, a database bucket, a folder and one to three instances of
its own. A producer streams twelve halls onto the topic while a plan, drawn from
the seed, makes one thing after another fail. Then everything heals and drains,
and what came out is held against a replay of the records that the topic holds.
"""
