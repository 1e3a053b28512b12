"""Signs in with azure-identity. Run by tools/reportcard."""

import os
import tempfile
import warnings

import azure.identity
from azure.core.exceptions import ClientAuthenticationError

import person
from report import end, tried

warnings.simplefilter("ignore")  # UsernamePasswordCredential is deprecated
base, tenant = os.environ["TENANT_URL"], os.environ["TENANT_ID"]
client_id, secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
public_id, user, password = os.environ["PUBLIC_CLIENT_ID"], os.environ["PERSON"], os.environ["PERSON_PASSWORD"]
graph = "https://graph.microsoft.com/.default"
elsewhere = {"authority": base, "disable_instance_discovery": True}


def client_secret(value=secret):
    # docs: azure-identity
    credential = azure.identity.ClientSecretCredential(
        tenant, client_id, value, authority=base, disable_instance_discovery=True)
    # docs: end
    return credential.get_token(graph)


def certificate():
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as both:
        for name in "CERTIFICATE_KEY", "CERTIFICATE":
            with open(os.environ[name]) as part:
                both.write(part.read())
        both.flush()
        azure.identity.CertificateCredential(tenant, client_id, both.name, **elsewhere).get_token(graph)


def code():
    import msal

    flow = msal.ConfidentialClientApplication(client_id, client_credential=secret, authority=f"{base}/{tenant}", instance_discovery=False).get_authorization_request_url(["User.Read"], redirect_uri="https://localhost/myapp")
    azure.identity.AuthorizationCodeCredential(
        tenant, client_id, person.code_from(flow, user)["code"], "https://localhost/myapp", client_secret=secret, **elsewhere,
    ).get_token("https://graph.microsoft.com/User.Read")


def device():
    azure.identity.DeviceCodeCredential(
        public_id, tenant_id=tenant, prompt_callback=lambda page, user_code, _: person.approve(page, user_code, user), **elsewhere,
    ).get_token(graph)


def by_password(value=password):
    return azure.identity.UsernamePasswordCredential(public_id, user, value, tenant_id=tenant, **elsewhere).get_token(graph)


def on_behalf_of():
    assertion = azure.identity.UsernamePasswordCredential(public_id, user, password, tenant_id=tenant, **elsewhere).get_token(f"api://{client_id}/.default").token
    azure.identity.OnBehalfOfCredential(tenant, client_id, client_secret=secret, user_assertion=assertion, **elsewhere).get_token(graph)


def assertion():
    azure.identity.ClientAssertionCredential(tenant, client_id, person.workload_token, **elsewhere).get_token(graph)


def workload():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(person.workload_token())
        file.flush()
        azure.identity.WorkloadIdentityCredential(tenant_id=tenant, client_id=client_id, token_file_path=file.name, **elsewhere).get_token(graph)


def environment():
    os.environ |= {"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client_id, "AZURE_CLIENT_SECRET": secret, "AZURE_AUTHORITY_HOST": base}
    azure.identity.EnvironmentCredential(disable_instance_discovery=True).get_token(graph)


def wrong(attempt, number):
    try:
        attempt()
    except ClientAuthenticationError as refusal:
        assert f"AADSTS{number}" in str(refusal), refusal
    else:
        raise AssertionError("it was let in")


def refusals():
    wrong(lambda: client_secret("wrong"), 7000215)
    wrong(lambda: by_password("wrong"), 50126)


for name, attempt in {
    "client secret": client_secret,
    "certificate": certificate,
    "federated assertion": assertion,
    "workload identity": workload,
    "authorization code": code,
    "device code": device,
    "username and password": by_password,
    "on behalf of": on_behalf_of,
    "managed identity": lambda: azure.identity.ManagedIdentityCredential().get_token(graph),
    "environment": environment,
    "refusals (7000215, 50126)": refusals,
}.items():
    tried("azure-identity", "sign-in", name, attempt)
end()
