"""Uses Graph with Microsoft's SDK for Python. Run by tools/reportcard."""

import asyncio
import os

from azure.identity import ClientSecretCredential
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.reference_update import ReferenceUpdate
from msgraph.generated.models.user import User
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks.page_iterator import PageIterator

from report import end, tried

base, tenant = os.environ["TENANT_URL"], os.environ["TENANT_ID"]
client_id, secret = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
host = base.removeprefix("https://")


def graph():
    credential = ClientSecretCredential(tenant, client_id, secret, authority=base, disable_instance_discovery=True)
    # docs: msgraph-sdk
    provider = AzureIdentityAuthenticationProvider(
        credential, scopes=["https://graph.microsoft.com/.default"], allowed_hosts=[host])
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = base + "/v1.0"
    client = GraphServiceClient(request_adapter=adapter)
    # docs: end
    return client


client = graph()


def asking(cls, **query):
    return RequestConfiguration(query_parameters=cls(**query))


Users = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters
One = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters


async def pages():
    first = await client.users.get(asking(Users, select=["id"], top=7))
    ids = []
    await PageIterator(first, client.request_adapter).iterate(lambda user: ids.append(user.id) or True)
    assert len(ids) == len(set(ids)) > 50, len(ids)


async def advanced():
    query = asking(Users, filter="accountEnabled eq false and endsWith(userPrincipalName,'larkspur.example')", count=True, orderby=["displayName"], select=["displayName"])
    query.headers.add("ConsistencyLevel", "eventual")
    found = await client.users.get(query)
    assert found.odata_count == len(found.value) >= 3


async def search():
    query = asking(Users, search='"displayName:Holt"', select=["displayName"])
    query.headers.add("ConsistencyLevel", "eventual")
    assert (await client.users.get(query)).value[0].display_name == "Mira Holt"


async def writes():
    made = await client.users.post(User(
        account_enabled=True, display_name="Client", mail_nickname="client", user_principal_name="client@larkspur.example",
        password_profile=PasswordProfile(password="S3cret-Pa55", force_change_password_next_sign_in=True)))
    one = client.users.by_user_id(made.id)
    await one.patch(User(job_title="Tester", account_enabled=False))
    got = await one.get(asking(One, select=["jobTitle", "accountEnabled"]))
    assert (got.job_title, got.account_enabled) == ("Tester", False)
    await one.delete()
    try:
        await one.get()
    except ODataError as e:
        assert e.response_status_code == 404 and e.error.code == "Request_ResourceNotFound", e
    else:
        raise AssertionError("the deleted user is there")
    await client.directory.deleted_items.by_directory_object_id(made.id).restore.post()
    await one.delete()


async def manager():
    one = client.users.by_user_id("dele.okafor@larkspur.example")
    boss = await client.users.by_user_id("carlos.vega@larkspur.example").get(asking(One, select=["id"]))
    await one.manager.ref.put(ReferenceUpdate(odata_id=f"{base}/v1.0/users/{boss.id}"))
    assert (await one.get(asking(One, expand=["manager($select=id)"]))).manager.id == boss.id
    await one.manager.ref.delete()


async def groups():
    one = client.users.by_user_id("mira.holt@larkspur.example")
    assert (await one.member_of.get()).value
    assert (await one.member_of.graph_group.get()).value
    assert (await one.direct_reports.get()).value


async def methods():
    one = client.users.by_user_id("mira.holt@larkspur.example").authentication
    kinds = {m.odata_type for m in (await one.methods.get()).value}
    assert "#microsoft.graph.phoneAuthenticationMethod" in kinds, kinds
    assert (await one.phone_methods.get()).value[0].phone_number


async def sessions():
    assert (await client.users.by_user_id("mira.holt@larkspur.example").revoke_sign_in_sessions.post()).value


async def delta():
    page = await client.users.delta.get()
    seen = 0
    while page.odata_next_link:
        seen += len(page.value)
        page = await client.users.delta.with_url(page.odata_next_link).get()
    assert seen + len(page.value) > 50
    await client.users.by_user_id("mira.holt@larkspur.example").patch(User(job_title="Founder"))
    changes = await client.users.delta.with_url(page.odata_delta_link).get()
    assert [c.job_title for c in changes.value] == ["Founder"], changes.value


async def batch():
    one = client.users.by_user_id("mira.holt@larkspur.example").to_get_request_information()
    none = client.users.by_user_id("nobody@larkspur.example").to_get_request_information()
    content = BatchRequestContent()
    for n, request in ("1", one), ("2", none):
        item = BatchRequestItem(request_information=request, id=n)
        item.url = item.url.removeprefix(base + "/v1.0")  # the library leaves what Graph refuses
        content.add_request(n, item)
    answer = await client.batch.post(content)
    statuses = [answer.get_response_by_id(n).status for n in ("1", "2")]
    assert statuses == [200, 404], statuses


async def refusals():
    for call, status in (client.users.get(asking(Users, filter="nonsense eq 1")), 400), (client.users.by_user_id("nobody@larkspur.example").get(), 404):
        try:
            await call
        except APIError as e:
            assert e.response_status_code == status, e
        else:
            raise AssertionError("it was not refused")


loop = asyncio.new_event_loop()
for name, attempt in {
    "pages": pages, "advanced filter, count, order": advanced, "search": search, "create, update, delete, restore": writes, "manager by reference, expanded": manager,
    "groups, cast, direct reports": groups, "authentication methods": methods, "revoke sessions": sessions, "delta": delta, "batch": batch, "refusals": refusals,
}.items():
    tried("msgraph-sdk", "Graph", name, lambda: loop.run_until_complete(attempt()))
end()
