"""Signs in with MSAL for Python. Run by tools/reportcard."""

import os
import threading

import msal

import person
from report import end, tried

base, tenant = os.environ["TENANT_URL"], os.environ["TENANT_ID"]
client_id, secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
public_id, user, password = os.environ["PUBLIC_CLIENT_ID"], os.environ["PERSON"], os.environ["PERSON_PASSWORD"]
graph = ["https://graph.microsoft.com/.default"]


def confidential(credential=secret):
    # docs: msal
    app = msal.ConfidentialClientApplication(
        client_id, client_credential=credential,
        authority=f"{base}/{tenant}", instance_discovery=False)
    # docs: end
    return app


def public():
    return msal.PublicClientApplication(public_id, authority=f"{base}/{tenant}", instance_discovery=False)


def good(answer):
    assert "access_token" in answer, answer
    return answer


def refused(answer, number):
    assert answer.get("error_codes") == [number], answer


def certificate():
    with open(os.environ["CERTIFICATE_KEY"]) as key, open(os.environ["CERTIFICATE"]) as public_part:
        credential = {"private_key": key.read(), "public_certificate": public_part.read()}
    good(confidential(credential).acquire_token_for_client(graph))


def federated():
    good(confidential({"client_assertion": person.workload_token}).acquire_token_for_client(graph))


def code():
    app = confidential()
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri="https://localhost/myapp")
    good(app.acquire_token_by_auth_code_flow(flow, person.code_from(flow["auth_uri"], user)))
    renewed = app.acquire_token_silent(["User.Read.All"], app.get_accounts()[0])
    good(renewed or {})


def public_code():
    app = public()
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri="http://localhost:5555")
    good(app.acquire_token_by_auth_code_flow(flow, person.code_from(flow["auth_uri"], user)))


def device():
    app = public()
    flow = app.initiate_device_flow(["User.Read"])
    person.approve(flow["verification_uri"], flow["user_code"], user)
    good(app.acquire_token_by_device_flow(flow))


def by_password():
    good(public().acquire_token_by_username_password(user, password, ["User.Read"]))


def on_behalf_of():
    answer = good(public().acquire_token_by_username_password(user, password, [f"api://{client_id}/.default"]))
    good(confidential().acquire_token_on_behalf_of(answer["access_token"], ["User.Read"]))


def refresh_token():
    app = public()
    first = good(app.acquire_token_by_username_password(user, password, ["User.Read"]))
    good(public().acquire_token_by_refresh_token(first["refresh_token"], ["User.Read"]))


def common_name():
    app = msal.ConfidentialClientApplication(client_id, client_credential=secret, authority=f"{base}/contoso.onmicrosoft.com", instance_discovery=False)
    good(app.acquire_token_for_client(graph))


def refusals():
    refused(confidential("wrong").acquire_token_for_client(graph), 7000215)
    app = public()
    refused(app.acquire_token_by_username_password(user, "wrong", ["User.Read"]), 50126)
    refused(app.acquire_token_by_username_password("nobody@contoso.com", password, ["User.Read"]), 50034)
    refused(app.acquire_token_by_username_password(os.environ["DISABLED"], password, ["User.Read"]), 50057)


def managed_identity():
    import requests

    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
    good(client.acquire_token_for_client(resource="https://graph.microsoft.com"))


def many_at_once():
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(confidential().acquire_token_for_client(graph))) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len([good(a) for a in answers]) == 8


for name, attempt in {
    "client secret": lambda: good(confidential().acquire_token_for_client(graph)),
    "certificate": certificate,
    "federated assertion": federated,
    "authorization code, then silently": code,
    "authorization code, public client": public_code,
    "device code": device,
    "username and password": by_password,
    "on behalf of": on_behalf_of,
    "refresh token": refresh_token,
    "managed identity": managed_identity,
    "tenant by its domain": common_name,
    "eight at once": many_at_once,
    "refusals (7000215, 50126, 50034, 50057)": refusals,
}.items():
    tried("msal", "sign-in", name, attempt)
end()
