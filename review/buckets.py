"""A bucket of S3-compatible storage (``UPLOADS_BUCKET``, ``BAKED_BUCKET``), of which whoever uses
it sees one kind of error: an OSError that says in a sentence what is wrong."""

from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.core.files.base import ContentFile
from storages.backends.s3 import S3Storage

MISSING = ("404", "NoSuchKey")
REFUSED = ("403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch")


class Bucket(S3Storage):
    def __init__(self, **settings):
        config = Config(
            connect_timeout=3,
            read_timeout=20,
            retries={"total_max_attempts": 3, "mode": "standard"},
            max_pool_connections=32,
            # Other makers' servers know neither the newer checksums nor a host name a bucket.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if settings.get("endpoint_url") else "auto"},
        )
        super().__init__(client_config=config, file_overwrite=True, **settings)

    def exists(self, name):
        with self.speaking():
            return super().exists(name)

    def _save(self, name, content):
        with self.speaking():
            return super()._save(name, content)

    def _open(self, name, mode="rb"):
        """The whole file, for one question."""
        return ContentFile(self.read(name), name)

    def read(self, key):
        with self.speaking(key):
            return self.bucket.Object(key).get()["Body"].read()

    def put(self, key, body, **headers):
        """From any thread: the client may be shared, nothing else of boto3."""
        with self.speaking(key):
            client = self.bucket.meta.client
            client.put_object(Bucket=self.bucket_name, Key=key, Body=body, **headers)

    def remove(self, keys):
        """Delete those; what is not there is no error."""
        keys = sorted(keys)
        with self.speaking():
            for at in range(0, len(keys), 1000):
                objects = [{"Key": key} for key in keys[at : at + 1000]]
                done = self.bucket.delete_objects(Delete={"Objects": objects, "Quiet": True})
                for error in done.get("Errors", ()):
                    raise OSError(f"{error['Key']} stays in {self.bucket_name}: {error['Code']}.")

    @contextmanager
    def speaking(self, key=""):
        """Errors of the service, and of the way there, as an OSError."""
        bucket = f"The bucket {self.bucket_name}"
        if self.endpoint_url:
            bucket += f" at {self.endpoint_url}"
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "NoSuchBucket":
                raise OSError(f"{bucket} does not exist: make it, or correct its name.") from None
            if code in MISSING:
                raise FileNotFoundError(f"{key} is not in {bucket}.") from None
            if code in REFUSED:
                keys = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                raise OSError(f"{bucket} refuses us ({code}): check {keys}.") from None
            raise OSError(f"{bucket} answers {code}: {error}") from None
        except NoCredentialsError:
            names = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            raise OSError(f"{bucket} needs keys: set {names}.") from None
        except BotoCoreError as error:
            raise OSError(f"{bucket} does not answer: {error}") from None
