"""A test of a program that calls roster, with Python's standard library alone. Each test has a tenant of its own.

    ROSTER=bin/roster python3 -m unittest discover cmd/example/ephemeral
"""

import json
import os
import subprocess
import unittest
import uuid
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def setUpModule():
    global server, addresses
    program = os.environ.get("ROSTER", "roster")
    server = subprocess.Popen([program, "serve", "--ephemeral", "--log-level", "warn"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    addresses = json.loads(server.stdout.readline())


def tearDownModule():
    server.communicate()  # closes standard input, which ends the server, and waits


class Client:
    """Sends requests as one subject of a tenant."""

    def __init__(self, tenant, role, subject):
        query = urlencode({"tenant": tenant, "role": role, "subject": subject})
        with urlopen(Request(f"{addresses['tokenUrl']}?{query}", method="POST")) as response:
            self.token = json.load(response)["token"]

    def send(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(addresses["url"] + path, data, headers, method=method)) as response:
            return json.load(response)


class TestWaitlist(unittest.TestCase):
    def setUp(self):
        tenant = str(uuid.uuid4())
        self.ada = Client(tenant, "learner", "ada")
        self.bob = Client(tenant, "learner", "bob")
        Client(tenant, "staff", "sam").send("PUT", "/v1/courses/go-101", {"title": "Go for engineers", "capacity": 1})

    def test_withdrawal_promotes_the_learner_who_waits(self):
        self.assertEqual(self.ada.send("POST", "/v1/courses/go-101/enrollments", {})["status"], "enrolled")
        waiting = self.bob.send("POST", "/v1/courses/go-101/enrollments", {})
        self.assertEqual((waiting["status"], waiting["position"]), ("waitlisted", 1))

        withdrawn = self.ada.send("DELETE", "/v1/courses/go-101/enrollments/ada")
        self.assertEqual(withdrawn["promoted"]["learnerId"], "bob")
        self.assertEqual(self.bob.send("GET", "/v1/courses/go-101/enrollments/bob")["status"], "enrolled")


if __name__ == "__main__":
    unittest.main()
