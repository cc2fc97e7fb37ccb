# moto's S3 server, with the two things that moto leaves out. A request must be signed, and not expired: botocore, AWS's own
# library for Python, computes each signature anew. And a copy has conditions: the ETag of its source, and no object at its
# target. Arguments: port, access key, secret.
import os
import sys
import threading
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.s3.models import s3_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

port, access_key, secret = int(sys.argv[1]), sys.argv[2], sys.argv[3]
credentials = Credentials(access_key, secret)


class Refused(Exception):
    def __init__(self, code, status=403):
        super().__init__(code)
        self.status = status


def check(request):
    target = urlsplit(request.environ["REQUEST_URI"])
    query = {name: values[0] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
    if "X-Amz-Signature" in query:
        signer, claim = S3SigV4QueryAuth, {name.removeprefix("X-Amz-"): query[name] for name in query}
        expires_in = int(claim["Expires"])
    elif request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
        fields = request.headers["Authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(",")
        signer, claim = S3SigV4Auth, dict(field.strip().split("=", 1) for field in fields)
        claim["Date"] = request.headers["X-Amz-Date"]
        expires_in = 15 * 60
    else:
        raise Refused("AccessDenied")
    key, _, region, service, _ = claim["Credential"].split("/")
    if key != access_key:
        raise Refused("InvalidAccessKeyId")

    names = claim["SignedHeaders"].split(";")
    unsigned = [name.lower() for name in request.headers.keys() if name.lower().startswith("x-amz-")]
    if "host" not in names or any(name not in names for name in unsigned):
        raise Refused("AccessDenied")
    bare = "&".join(pair for pair in target.query.split("&") if pair and not pair.startswith("X-Amz-Signature="))
    url = f"http://{request.host}{target.path}?{bare}"
    again = AWSRequest(request.method, url, {name: request.headers.get(name, "") for name in names})
    again.context["timestamp"] = claim["Date"]
    auth = signer(credentials, service, region)
    if auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again) != claim["Signature"]:
        raise Refused("SignatureDoesNotMatch")

    signed_at = datetime.strptime(claim["Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    if datetime.now(timezone.utc) > signed_at + timedelta(seconds=expires_in):
        raise Refused("AccessDenied")


def find(path):
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return s3_backends["123456789012"]["aws"].get_object(bucket, key)


def check_copy(request):
    wanted = request.headers.get("x-amz-copy-source-if-match")
    source = find(request.headers["x-amz-copy-source"])
    if source and wanted and source.etag.strip('"') != wanted.strip('"'):
        raise Refused("PreconditionFailed", 412)
    if request.headers.get("If-None-Match") == "*" and find(request.path):
        raise Refused("PreconditionFailed", 412)


class CheckRequests:
    def __init__(self, app):
        self.app = app
        self.copying = threading.Lock()

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            if request.method != "OPTIONS":
                check(request)
            if "x-amz-copy-source" in request.headers:
                with self.copying:
                    check_copy(request)
                    return list(self.app(environ, start_response))
        except Refused as refused:
            # Read to its end, so that the client sees the answer and no reset.
            while request.stream.read(65536):
                pass
            body = f"<?xml version='1.0'?><Error><Code>{refused}</Code><Message>{refused}</Message></Error>"
            return Response(body, refused.status, content_type="application/xml")(environ, start_response)
        return self.app(environ, start_response)


def end_with_the_test():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_the_test, daemon=True).start()
app = CheckRequests(DomainDispatcherApplication(create_backend_app))
make_server("127.0.0.1", port, app, threaded=True, request_handler=MotoRequestHandler).serve_forever()
