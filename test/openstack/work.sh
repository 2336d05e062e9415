#!/bin/sh
# A user at work who never tries again: prints what was asked, when, for how many seconds, the answer's code, and a name.
keystone=$OS_AUTH_URL
glance=https://glance-api.openstack-services.svc.cluster.local:9292/v2
login='{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "admin", "domain": {"id": "default"},
  "password": "'$OS_PASSWORD'"}}}, "scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}}'
ask() { curl --silent --max-time 30 --cacert "$OS_CACERT" --header 'Content-Type: application/json' "$@"; }
code() { ask --output /dev/null --write-out '%{http_code} %{time_total}' "$@"; }
token=$(ask --output /dev/null --dump-header - --data "$login" "$keystone/auth/tokens" |
  sed -n 's/^x-subject-token: //Ip' | tr -d '\r')
number=0
while :; do
  number=$((number + 1))
  echo "token $(date +%s) $(code --data "$login" "$keystone/auth/tokens") -"
  project="{\"project\": {\"name\": \"work-$number\"}}"
  echo "project $(date +%s) $(code --header "X-Auth-Token: $token" --data "$project" "$keystone/projects") work-$number"
  echo "images $(date +%s) $(code --header "X-Auth-Token: $token" "$glance/images?limit=1") -"
  sleep 0.5
done
