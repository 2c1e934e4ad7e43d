"""The limit: the measured answers by hand, with nothing between ASGI, asyncpg and orjson. No server of ours is faster.

The pages read from the catalog itself, and give the bytes that GraphQL gives. `python -m bench.limit` serves them.
"""
