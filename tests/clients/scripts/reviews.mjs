// A second subgraph, as another team might write it: reviews of products, by customers, of goods that vendors sell.

import { buildSubgraphSchema } from "@apollo/subgraph";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { parse } from "graphql";

/** The schema of the reviews. A directive for operations reaches a subgraph only if all subgraphs declare it. */
export const typeDefsWith = (directives) => parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])

  ${directives}

  type Query { reviews(first: Int): ReviewConnection! }

  type ReviewConnection { nodes: [Review!]! pageInfo: PageInfo! }

  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

  type Review @key(fields: "id") {
    id: ID!
    text: String!
    product: Product
    author: Customer
    seller: Vendor
  }

  type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
  type Customer @key(fields: "id", resolvable: false) { id: ID! }
  type Vendor @key(fields: "slug", resolvable: false) { slug: String! }
`);

/** A running server of these reviews: `{ url, stop }`. A review names others by their keys alone. */
export async function serveReviews(reviews, typeDefs) {
  const resolvers = {
    Query: {
      reviews: () => ({ nodes: reviews, pageInfo: { hasNextPage: false, hasPreviousPage: false } }),
    },
    Product: {
      reviews: ({ id }) => reviews.filter((review) => review.product?.id === id),
    },
  };
  const server = new ApolloServer({ schema: buildSubgraphSchema([{ typeDefs, resolvers }]) });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: "127.0.0.1" } });
  return { url, stop: () => server.stop() };
}
