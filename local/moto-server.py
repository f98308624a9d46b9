"""Runs moto's server on a free port of loopback, prints the port, and ends with standard input.

Standard input is a pipe from the parent: when the parent ends, however it ends, so does this server.
A request with the header X-Enforce-IAM: on needs a valid signature and a policy that allows it.
"""

import base64
import datetime
import functools
import hashlib
import json
import math
import signal
import socket
import sys
import threading
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from moto import backends, settings
from moto.eks.models import Cluster
from moto.iam.access_control import IAMRequestBase
from moto.iam.models import iam_backends
from moto.s3.responses import ACTION_MAP
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class PerRequestEnforcement:
    """moto's enforcement is one switch for all calls, so calls are answered one at a time."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        enforce = environ.get("HTTP_X_ENFORCE_IAM") == "on"
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0 if enforce else math.inf
        answer = self.application(environ, start_response)
        # werkzeug would wait for more of the request until its client hangs up, and keep the next one waiting.
        environ["werkzeug.socket"].shutdown(socket.SHUT_RD)
        return answer


class WebIdentityLookup:
    """Answers at /_local/web-identity what STS, which is within AWS, would look up in IAM: a role and an OIDC provider."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != "/_local/web-identity":
            return self.application(environ, start_response)
        query = parse_qs(environ["QUERY_STRING"])
        [role_arn], [provider_arn] = query["role"], query["provider"]
        account_id = role_arn.split(":")[4]
        found = {}
        # An index would create the account.
        for iam in list(iam_backends[account_id].values()) if account_id in iam_backends else []:
            for role in iam.get_roles():
                if role.arn == role_arn:
                    seconds = int(role.max_session_duration or 3600)
                    found["role"] = {"trustPolicy": role.assume_role_policy_document, "maxSessionDuration": seconds}
            if provider_arn in iam.open_id_providers:
                found["clientIds"] = iam.open_id_providers[provider_arn].client_id_list
        body = json.dumps(found).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


class QuietHandler(WSGIRequestHandler):
    def log(self, *_):
        pass


@functools.cache
def certificate_authority():
    """Returns a self-signed CA certificate as EKS's DescribeCluster returns it: PEM in base64. moto returns random text."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=365))
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    return base64.b64encode(certificate.public_bytes(Encoding.PEM)).decode()


def like_eks(create):
    """Gives a cluster a CA certificate, and a separate issuer with an ID of EKS's form. moto has one issuer for all clusters."""

    def create_cluster(self, *args, **kwargs):
        create(self, *args, **kwargs)
        self.certificate_authority = {"data": certificate_authority()}
        region, cluster_id = self.arn.split(":")[3], hashlib.md5(self.arn.encode()).hexdigest().upper()
        self.identity = {"oidc": {"issuer": f"https://oidc.eks.{region}.amazonaws.com/id/{cluster_id}"}}

    return create_cluster


Cluster.__init__ = like_eks(Cluster.__init__)

# HeadBucket needs s3:ListBucket, as https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html says; there is no
# action of its name.
ACTION_MAP["BUCKET"]["HEAD"]["DEFAULT"] = "ListBucket"

# role-trust.ts checks the trust policy before this server gets the call. moto's check does not know accounts and most
# condition keys.
IAMRequestBase._check_role_trust_relationship = lambda *_: True

# moto lists its own folder at every call, which takes a third of the call's time.
MODULES = frozenset(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: MODULES

# Ctrl-C reaches the whole process group; the parent still needs this server while it cleans up.
signal.signal(signal.SIGINT, signal.SIG_IGN)

application = WebIdentityLookup(PerRequestEnforcement(DomainDispatcherApplication(create_backend_app)))
server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=QuietHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.port, flush=True)
sys.stdin.read()
server.shutdown()
