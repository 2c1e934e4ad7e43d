// A storefront that uses the generated types; it is compiled, not run.

import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { CartChangedDocument, CartUpdateDocument, ProductPageDocument } from "./generated.js";

const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: "/graphql" }) });

export async function titleOf(slug: string): Promise<string | undefined> {
  const { data } = await client.query({ query: ProductPageDocument, variables: { slug } });
  return data?.product?.title;
}

export async function addToCart(cartId: string, offerId: string, idempotencyKey: string): Promise<readonly string[]> {
  const input = { cartId, idempotencyKey, add: [{ offerId, quantity: 1 }] };
  const { data } = await client.mutate({ mutation: CartUpdateDocument, variables: { input } });
  return data?.cartUpdate?.errors.map(({ code }) => code) ?? [];
}

export const follow = (id: string) => client.subscribe({ query: CartChangedDocument, variables: { id } });

// @ts-expect-error a cart is changed by its id, which is missing
export const wrong = () => client.mutate({ mutation: CartUpdateDocument, variables: { input: { idempotencyKey: "" } } });
