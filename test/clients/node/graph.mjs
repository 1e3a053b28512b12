// Uses Graph with Microsoft's client for JavaScript. Run by tools/reportcard.
import assert from "node:assert/strict";
import graph from "@microsoft/microsoft-graph-client";
import { end, tried } from "./report.mjs";

const base = process.env.TENANT_URL;
const { Client, PageIterator, BatchRequestContent, BatchResponseContent, GraphError } = graph;

async function accessToken() {
  const answer = await fetch(`${base}/${process.env.TENANT_ID}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: process.env.CLIENT_ID,
      client_secret: process.env.CLIENT_SECRET,
      grant_type: "client_credentials",
      scope: `${base}/.default`,
    }),
  });
  return (await answer.json()).access_token;
}

// docs: microsoft-graph-client
const client = Client.initWithMiddleware({
  baseUrl: base,
  customHosts: new Set([new URL(base).hostname]),
  authProvider: { getAccessToken: accessToken },
});
// docs: end

async function pages() {
  const first = await client.api("/users").select("id").top(7).get();
  const ids = [];
  await new PageIterator(client, first, (user) => { ids.push(user.id); return true; }).iterate();
  assert.equal(ids.length, new Set(ids).size);
  assert.ok(ids.length > 50, `${ids.length} users`);
}

async function filters() {
  const found = await client.api("/users")
    .header("ConsistencyLevel", "eventual").count(true)
    .filter("accountEnabled eq false and endsWith(userPrincipalName,'larkspur.example')")
    .orderby("displayName").select(["displayName", "userPrincipalName"]).get();
  assert.equal(found["@odata.count"], found.value.length);
  assert.ok(found.value.length >= 3);
  await assert.rejects(client.api("/users").filter("accountEnabled ne true").get(),
    (e) => e instanceof GraphError && e.statusCode === 400 && e.code === "Request_UnsupportedQuery" && e.requestId !== null);
}

async function writes() {
  const upn = "client@larkspur.example";
  const created = await client.api("/users").post({
    accountEnabled: true, displayName: "Client", mailNickname: "client", userPrincipalName: upn,
    passwordProfile: { password: "S3cret-Pa55" },
  });
  await client.api(`/users/${created.id}`).update({ jobTitle: "Tester" });
  assert.equal((await client.api(`/users/${upn}`).select("jobTitle").get()).jobTitle, "Tester");
  const { value } = await client.api("/users/delta").query({ $deltatoken: "latest" }).get();
  assert.deepEqual(value, []);
  await client.api(`/users/${created.id}`).delete();
  await assert.rejects(client.api(`/users/${created.id}`).get(), (e) => e.statusCode === 404 && e.code === "Request_ResourceNotFound");
  await client.api(`/directory/deletedItems/${created.id}/restore`).post({});
  await client.api(`/users/${created.id}`).delete();
}

async function delta() {
  const follow = async (link) => {
    const seen = [];
    for (;;) {
      const page = await client.api(link).get();
      seen.push(...page.value);
      if (page["@odata.deltaLink"]) return [seen, page["@odata.deltaLink"]];
      link = page["@odata.nextLink"];
    }
  };
  const [all, link] = await follow("/users/delta?$select=jobTitle&$top=20");
  assert.ok(all.length > 50);
  await client.api(`/users/${all[0].id}`).update({ jobTitle: "Changed" });
  const [changes] = await follow(link);
  assert.deepEqual(changes.map((c) => [c.id, c.jobTitle]), [[all[0].id, "Changed"]]);
}

async function batches() {
  const content = new BatchRequestContent([
    { id: "1", request: new Request(`${base}/users?$top=1&$select=id`, { method: "GET" }) },
    { id: "2", dependsOn: ["1"], request: new Request(`${base}/users/nobody@larkspur.example`, { method: "GET" }) },
    { id: "3", dependsOn: ["2"], request: new Request(`${base}/users?$top=1`, { method: "GET" }) },
  ]);
  const answers = new BatchResponseContent(await client.api("/$batch").post(await content.getContent()));
  assert.deepEqual(["1", "2", "3"].map((id) => answers.getResponseById(id).status), [200, 404, 424]);
  assert.equal((await answers.getResponseById("1").json()).value.length, 1);
}

for (const [name, attempt] of Object.entries({
  pages, "advanced filter, count, order": filters, "create, update, delete, restore": writes, delta, batch: batches,
})) await tried("@microsoft/microsoft-graph-client", "Graph", name, attempt);
end();
