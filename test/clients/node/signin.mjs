// Signs in with MSAL for Node. Run by tools/reportcard.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createHash, X509Certificate } from "node:crypto";
import * as msal from "@azure/msal-node";
import { end, tried } from "./report.mjs";

const { TENANT_URL: base, TENANT_ID: tenant, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, PUBLIC_CLIENT_ID: publicId,
  PERSON: person, PERSON_PASSWORD: password, DISABLED: disabled } = process.env;
const graph = ["https://graph.microsoft.com/.default"];
const scopes = ["User.Read"];
const authority = `${base}/${tenant}`;
const knownAuthorities = [new URL(base).host];

function confidential(credential = { clientSecret }) {
  // docs: msal-node
  const app = new msal.ConfidentialClientApplication({
    auth: { clientId, authority, knownAuthorities, ...credential },
  });
  // docs: end
  return app;
}

const open = () => new msal.PublicClientApplication({ auth: { clientId: publicId, authority, knownAuthorities } });

// codeFrom plays the person: it opens an authorize URL, and returns the code that comes back.
async function codeFrom(address) {
  const answer = await fetch(`${address}&login_hint=${person}`, { redirect: "manual" });
  return new URL(answer.headers.get("location")).searchParams.get("code");
}

async function certificate() {
  const pem = readFileSync(process.env.CERTIFICATE);
  const thumbprintSha256 = createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
  const app = confidential({ clientCertificate: { thumbprintSha256, privateKey: readFileSync(process.env.CERTIFICATE_KEY, "utf8") } });
  assert.ok((await app.acquireTokenByClientCredential({ scopes: graph })).accessToken);
}

async function federated() {
  const clientAssertion = async () => (await fetch(`${base}/workload-identity/token?subject=system:serviceaccount:default:soar`)).text();
  assert.ok((await confidential({ clientAssertion }).acquireTokenByClientCredential({ scopes: graph })).accessToken);
}

async function code() {
  const app = confidential();
  const redirectUri = "https://localhost/myapp";
  const { verifier: codeVerifier, challenge: codeChallenge } = await new msal.CryptoProvider().generatePkceCodes();
  const address = await app.getAuthCodeUrl({ scopes, redirectUri, codeChallenge, codeChallengeMethod: "S256", responseMode: "query" });
  const { account } = await app.acquireTokenByCode({ code: await codeFrom(address), scopes, redirectUri, codeVerifier });
  assert.equal(account.username, person);
  assert.ok((await app.acquireTokenSilent({ account, scopes: ["User.Read.All"] })).accessToken);
}

// visit plays the browser: it opens an authorize URL, and sends on the form that comes back.
async function visit(address) {
  const page = await (await fetch(`${address}&login_hint=${person}`)).text();
  const unescape = (text) => text.replaceAll("&#43;", "+").replaceAll("&#34;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
  const fields = [...page.matchAll(/name="([^"]+)" value="([^"]*)"/g)].filter(([, name]) => name !== "viewport");
  const body = new URLSearchParams(fields.map(([, name, value]) => [name, unescape(value)]));
  await fetch(unescape(page.match(/action="([^"]+)"/)[1]), { method: "POST", body });
}

async function interactive() {
  assert.equal((await open().acquireTokenInteractive({ scopes, openBrowser: visit })).account.username, person);
}

async function device() {
  const deviceCodeCallback = ({ verificationUri, userCode }) => fetch(verificationUri, { method: "POST", body: new URLSearchParams({ user_code: userCode, account: person }) });
  assert.ok((await open().acquireTokenByDeviceCode({ scopes, deviceCodeCallback })).accessToken);
}

const byPassword = (secret = password, username = person, wanted = scopes) => open().acquireTokenByUsernamePassword({ scopes: wanted, username, password: secret });

async function onBehalfOf() {
  const { accessToken: oboAssertion } = await byPassword(password, person, [`api://${clientId}/.default`]);
  assert.ok((await confidential().acquireTokenOnBehalfOf({ oboAssertion, scopes })).accessToken);
}

async function refresh() {
  const app = open();
  await app.acquireTokenByUsernamePassword({ scopes, username: person, password });
  const [entry] = Object.values(JSON.parse(app.getTokenCache().serialize()).RefreshToken);
  assert.ok((await open().acquireTokenByRefreshToken({ refreshToken: entry.secret, scopes })).accessToken);
}

async function refusals() {
  await assert.rejects(confidential({ clientSecret: "wrong" }).acquireTokenByClientCredential({ scopes: graph }), /AADSTS7000215/);
  await assert.rejects(byPassword("wrong"), /AADSTS50126/);
  await assert.rejects(byPassword(password, "nobody@contoso.com"), /AADSTS50034/);
  await assert.rejects(byPassword(password, disabled), /AADSTS50057/);
}

for (const [name, attempt] of Object.entries({
  "client secret": async () => assert.ok((await confidential().acquireTokenByClientCredential({ scopes: graph })).accessToken),
  certificate, "federated assertion": federated, "authorization code, then silently": code, "authorization code, public client": interactive,
  "device code": device, "username and password": () => byPassword(), "on behalf of": onBehalfOf, "refresh token": refresh,
  "refusals (7000215, 50126, 50034, 50057)": refusals,
})) await tried("@azure/msal-node", "sign-in", name, attempt);
end();
