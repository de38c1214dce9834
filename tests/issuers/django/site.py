"""django-oauth-toolkit on loopback: an issuer of opaque tokens, with introspection, that nobody here has written.

Run as `python site.py FOLDER`. It keeps its database in FOLDER, prints `READY {...}` with its port and its clients, and
serves until it is stopped. A line `down` on its standard input makes it cut every connection, `up` ends that.
"""

import json
import sys
import threading
from http import HTTPStatus
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.conf import settings
from django.core.management import call_command

FOLDER = Path(sys.argv[1])
REDIRECT = "https://app.example.com/callback"
SECRETS = {"program": "the secret of the program", "app": "the secret of the app", "gate": "the secret: of the gate"}

settings.configure(
    SECRET_KEY="a secret of thirty-two bytes or more",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "django.sqlite3")}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    OAUTH2_PROVIDER={
        "SCOPES": {"orders:read": "Read orders", "orders:write": "Write orders", "introspection": "Introspect"},
        "DEFAULT_SCOPES": ["orders:read"],
        "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    },
)
django.setup()

from django.contrib.auth import get_user_model, login  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import get_application_model  # noqa: E402
from oauth2_provider.urls import metadata_urlpatterns  # noqa: E402


def log_in(request, name):
    """Somebody is logged in, without a form."""
    login(request, get_user_model().objects.get(username=name))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("log-in/<name>", log_in),
    path("", include((metadata_urlpatterns, "oauth2_metadata"))),
]


def make_clients():
    application = get_application_model()
    common = {"client_type": application.CLIENT_CONFIDENTIAL, "skip_authorization": True}
    grants = {
        "program": application.GRANT_CLIENT_CREDENTIALS,
        "app": application.GRANT_AUTHORIZATION_CODE,
        "gate": application.GRANT_CLIENT_CREDENTIALS,
    }
    for name, grant in grants.items():
        redirect = REDIRECT if grant == application.GRANT_AUTHORIZATION_CODE else ""
        application.objects.create(
            name=name,
            client_id=name,
            client_secret=SECRETS[name],
            authorization_grant_type=grant,
            redirect_uris=redirect,
            **common,
        )


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    is_down = False

    def verify_request(self, request, client_address):
        return not self.is_down


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def obey(server):
    for line in sys.stdin:
        server.is_down = line.strip() == "down"
        print("DONE", flush=True)
    server.shutdown()


def main():
    call_command("migrate", verbosity=0)
    get_user_model().objects.create_user("carol", password="carol")
    make_clients()
    server = Server(("127.0.0.1", 0), Handler)
    server.set_app(get_wsgi_application())
    threading.Thread(target=obey, args=(server,), daemon=True).start()
    print("READY", json.dumps({"port": server.server_port, "secrets": SECRETS}), flush=True)
    server.serve_forever()


main()
