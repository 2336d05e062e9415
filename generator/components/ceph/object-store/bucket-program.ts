/**
 * Makes the buckets of $BUCKETS, a list for each user, with the keys of the user, $ACCESS_KEY_<number> and $SECRET_KEY_<number>. It asks for
 * twenty minutes: gateways and users may not be there yet. A bucket that its user has already stays as it is. Runs in any image with Python,
 * with the standard library only; how S3 has a request signed:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export const bucketProgram = `import datetime, hashlib, hmac, http.client, json, os, ssl, time

host, port = os.environ["STORE_HOST"], int(os.environ["STORE_PORT"])
nothing = hashlib.sha256(b"").hexdigest()

def connect():
    if "STORE_CA" not in os.environ:
        return http.client.HTTPConnection(host, port, timeout=30)
    trust = ssl.create_default_context(cafile=os.environ["STORE_CA"])
    return http.client.HTTPSConnection(host, port, context=trust, timeout=30)

def make(bucket, access, secret):
    """Status and text of the answer."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": "%s:%d" % (host, port), "x-amz-content-sha256": nothing, "x-amz-date": now}
    names = ";".join(sorted(headers))
    lines = ["%s:%s" % (name, headers[name]) for name in sorted(headers)]
    request = "\\n".join(["PUT", "/" + bucket, "", *lines, "", names, nothing])
    scope = [now[:8], "us-east-1", "s3", "aws4_request"]
    key = ("AWS4" + secret).encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signed = "\\n".join(["AWS4-HMAC-SHA256", now, "/".join(scope), hashlib.sha256(request.encode()).hexdigest()])
    signature = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        access, "/".join(scope), names, signature)
    connection = connect()
    try:
        connection.request("PUT", "/" + bucket, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(500).decode(errors="replace")
    finally:
        connection.close()

def ensure(bucket, access, secret, until):
    while True:
        try:
            status, text = make(bucket, access, secret)
        except (OSError, http.client.HTTPException) as error:
            status, text = 0, str(error)
        if status == 200 or "BucketAlreadyOwnedByYou" in text:
            return print(bucket + " is there", flush=True)
        if "BucketAlreadyExists" in text:
            raise SystemExit(bucket + " is somebody else's: choose another name")
        if time.monotonic() > until:
            raise SystemExit("%s could not be made: %d %s" % (bucket, status, text))
        print("%s waits: %d %s" % (bucket, status, text), flush=True)
        time.sleep(5)

until = time.monotonic() + int(os.environ.get("PATIENCE", "1200"))
for number, buckets in enumerate(json.loads(os.environ["BUCKETS"])):
    for bucket in buckets:
        ensure(bucket, os.environ["ACCESS_KEY_%d" % number], os.environ["SECRET_KEY_%d" % number], until)
`;
