"""Plays the person in front of a browser."""

import os
import urllib.error
import urllib.parse
import urllib.request


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def code_from(address, person):
    """Opens an authorize URL as person, and returns what comes back at the redirect URI."""
    address += "&" + urllib.parse.urlencode({"login_hint": person})
    try:
        urllib.request.build_opener(StayHere).open(address)
    except urllib.error.HTTPError as answer:
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["Location"]).query))
    raise AssertionError("the sign-in page wants something of the person")


def approve(page, user_code, person):
    """Enters a device's code at its page."""
    form = urllib.parse.urlencode({"user_code": user_code, "account": person}).encode()
    urllib.request.urlopen(page, form).read()


def workload_token():
    """Returns the assertion that a cluster would put into a pod's file."""
    address = os.environ["TENANT_URL"] + "/workload-identity/token?subject=system:serviceaccount:default:soar"
    return urllib.request.urlopen(address).read().decode()
