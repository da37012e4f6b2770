"""Line-protocol bytes to a database that takes InfluxDB 2's writes, told apart by what to do next.

Works with InfluxDB 2 and with VictoriaMetrics' v2 endpoint (which has no
buckets, so none is looked for until a write says that it is missing).
"""

from __future__ import annotations

import structlog
import urllib3
from influxdb_client import InfluxDBClient, WritePrecision
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from config.settings import InfluxSettings
from streams.errors import SinkAway
from streams.sinks.sink import PayloadTooLarge, RowsRefused

log = structlog.get_logger()


class InfluxWriter:
    """Synchronous writes; the bucket is made where it is missing and the token may."""

    def __init__(self, settings: InfluxSettings) -> None:
        self.settings = settings
        milliseconds = settings.timeout // 1_000_000
        self._client = InfluxDBClient(
            url=settings.url,
            token=settings.token or None,
            org=settings.org,
            # A host that swallows packets is given up sooner than one that is busy.
            timeout=(min(3000, milliseconds), milliseconds),
        )
        self._api = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, payload: bytes) -> None:
        """Write whole lines. Raises SinkAway, RowsRefused, PayloadTooLarge."""
        try:
            self._post(payload)
        except ApiException as error:
            if error.status != 404:
                raise _named(error, len(payload)) from error
            self.make_bucket()
            try:
                self._post(payload)
            except ApiException as again:
                raise _named(again, len(payload)) from again

    def make_bucket(self) -> None:
        """Make the bucket if it is missing. Raises SinkAway with what to do where the token may not."""
        bucket, org = self.settings.bucket, self.settings.org
        try:
            buckets = self._client.buckets_api()
            if buckets.find_bucket_by_name(bucket) is not None:
                return
            try:
                buckets.create_bucket(bucket_name=bucket, org=org)
            except ApiException:
                if buckets.find_bucket_by_name(bucket) is None:
                    raise
                return  # another instance has made it meanwhile
            log.info("influxdb: bucket made", bucket=bucket, org=org)
        except (InfluxDBError, urllib3.exceptions.HTTPError, OSError) as error:
            raise SinkAway(
                f"bucket {bucket!r} of organisation {org!r} is not there and cannot be made: "
                f"{_first_line(error)}; make it, or give a token that may"
            ) from error

    def check(self) -> None:
        """See that a write would do, by writing nothing. Raises SinkAway with the reason."""
        try:
            self.write(b"")
        except (RowsRefused, PayloadTooLarge):
            return  # it is there, the token is taken, and an empty body is what it dislikes

    def close(self) -> None:
        """Close the connections."""
        self._api.close()
        self._client.close()

    def _post(self, payload: bytes) -> None:
        try:
            self._api.write(self.settings.bucket, self.settings.org, payload, WritePrecision.NS)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SinkAway(f"{self.settings.url}: {_first_line(error)}") from error


def _named(error: ApiException, size: int) -> Exception:
    """The error by what is to be done about it; ``size``: of the payload, in bytes."""
    reason = _first_line(error.message or error.reason or error)
    if error.status in (400, 422):
        return RowsRefused(reason)
    if error.status == 413:
        # Mostly by a proxy, and then what it says is a page.
        return PayloadTooLarge(f"HTTP 413: {size} bytes are more than InfluxDB or a proxy before it takes")
    # 401 and 403 too: somebody will mend the token, and until then the spool keeps the rows.
    return SinkAway(f"HTTP {error.status}: {reason}")


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
