"use strict";

(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const { origin, pathname, search } = window.location;
  const url = origin + pathname;
  const element = React.createElement;

  const REMEMBERED_AS = "commerce:account";
  const EARLY_MILLISECONDS = 30_000;
  const SIGN_IN = `mutation SignIn($input: SignInInput!) {
    signIn(input: $input) { accessToken expiresAt errors { message } }
  }`;

  async function signedIn({ email, password }) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query: SIGN_IN, variables: { input: { email, password } } }),
    });
    const { data, errors } = await response.json();
    const [problem] = errors ?? data.signIn.errors;
    if (problem) throw new Error(`${email} cannot sign in: ${problem.message}`);
    return { token: data.signIn.accessToken, endsAt: Date.parse(data.signIn.expiresAt) };
  }

  // The sample account in whose name the editor asks, if any. It signs in again when its token is about to end.
  const identity = {
    account: settings.accounts.find(({ name }) => name === localStorage.getItem(REMEMBERED_AS)),
    sessions: new Map(),

    choose(name) {
      this.account = settings.accounts.find((account) => account.name === name);
      localStorage.setItem(REMEMBERED_AS, this.account?.name ?? "");
    },

    async session(account) {
      const known = await this.sessions.get(account);
      if (known && known.endsAt > Date.now() + EARLY_MILLISECONDS) return known;
      const session = signedIn(account);
      this.sessions.set(account, session);
      session.catch(() => this.sessions.delete(account));
      return session;
    },

    async headers() {
      const { account } = this;
      if (!account) return {};
      const token = account.api_key ?? (await this.session(account)).token;
      return { authorization: `Bearer ${token}` };
    },
  };

  // What stands under "Headers" in the editor goes before what the chosen account brings.
  async function headersWith(written) {
    const headers = new Headers(await identity.headers());
    Object.entries(written ?? {}).forEach(([name, value]) => headers.set(name, value));
    return Object.fromEntries(headers);
  }

  // A subscription takes its Authorization from the same headers as queries do.
  async function fetcher(parameters, options) {
    const headers = await headersWith(options?.headers);
    const wsClient = graphqlWs.createClient({
      url: url.replace(/^http/, "ws"),
      lazy: true,
      connectionParams: () => headersWith(options?.headers),
    });
    return GraphiQL.createFetcher({ url, wsClient })(parameters, { ...options, headers });
  }

  function Accounts() {
    const [name, setName] = React.useState(identity.account?.name ?? "");
    const [told, setTold] = React.useState("");

    const choose = async (chosen) => {
      identity.choose(chosen);
      setName(chosen);
      setTold("");
      const problem = await identity.headers().then(() => "", (error) => error.message);
      if (identity.account?.name === chosen) setTold(problem);
    };
    const option = (value, label) => element("option", { key: value, value }, label);

    return element(
      "label",
      { className: "accounts", title: "Sample accounts of this store. Their passwords are no secrets." },
      element("span", null, "Ask as"),
      element(
        "select",
        { value: name, onChange: (event) => choose(event.target.value) },
        option("", "a guest"),
        settings.accounts.map((account) => option(account.name, account.name)),
      ),
      element("span", { role: "alert" }, told),
    );
  }

  const shared = new URLSearchParams(search);
  const properties = {
    fetcher,
    defaultEditorToolsVisibility: true,
    defaultTabs: settings.examples.length ? settings.examples.map((query) => ({ query })) : undefined,
    query: shared.get("query") ?? undefined,
    variables: shared.get("variables") ?? undefined,
    shouldPersistHeaders: false,
  };
  const logo = element(GraphiQL.Logo, null, settings.accounts.length ? element(Accounts) : "GraphiQL");
  ReactDOM.createRoot(document.getElementById("editor")).render(element(GraphiQL, properties, logo));
})();
