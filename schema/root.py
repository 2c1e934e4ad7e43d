"""The schema, put together from the contexts' parts."""

import strawberry
from strawberry.tools import merge_types

from resolvers import nodes
from schema.base import GenericError, Node, resolve


@strawberry.type
class NodeQuery:
    node: Node | None = resolve(nodes.node, description="Anything by its id; null when there is none to be seen.")
    nodes: list[Node | None] = resolve(nodes.nodes, description="Up to 100 things by their ids, in that order.")


Query = merge_types("Query", (NodeQuery,))

schema = strawberry.federation.Schema(Query, types=[GenericError], federation_version="2.9")
