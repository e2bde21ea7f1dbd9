#!/bin/sh
# Webhooks that only their provider delivers: an endpoint for GitHub's, one for Slack's, and what strangers try with both. The
# edge checks the signatures: what is forged, or delivered a second time, never reaches the service, which needs no code for it.
# The script plays provider and strangers. In an empty folder on the machine of `npm start`, with a service on port 3000:
#
#   ADIT_CONFIG=.../.adit/agent.yml ADIT_CONNECT_CAS=.../.adit/tls/ca.pem sh .../examples/webhooks.sh 3000
set -eu
# This clone's `adit`. In an empty folder npx would fetch a package that only has its name.
PATH="$(cd "$(dirname "$0")/../node_modules/.bin" && pwd):$PATH"
port=$1
umask 077
agents=
trap 'kill $agents 2>/dev/null || true' EXIT
trap 'exit 1' HUP INT TERM

# Makes a secret for the provider $1 and an endpoint that lets in only what is signed with it.
open_endpoint() {
  openssl rand -hex 20 > "$1.secret"
  adit http "$port" --verify-webhook "$1" --verify-webhook-secret-file "$1.secret" > "$1.log" &
  agents="$agents $!"
  url=
  while [ -z "$url" ]; do
    kill -0 $!
    sleep 0.2
    url=$(sed -n 's/.*"msg":"started tunnel".*"url":"\([^"]*\)".*/\1/p' "$1.log" 2>/dev/null || true)
  done
  echo "For $1: $url"
}

# Signs what it reads with the secret in the file $1. openssl takes keys as options only, which others on the machine can read:
# fit for secrets that live as long as this script.
sign() { openssl dgst -sha256 -hmac "$(cat "$1")" | sed 's/.*= //'; }

# Sends what $2 describes, with curl's options that follow. It must end as $1 says: delivered, or refused with that code.
send() {
  must=$1
  what=$2
  shift 2
  status=$(curl --silent --show-error --cacert "$ADIT_CONNECT_CAS" --dump-header headers --output answer \
    --write-out '%{http_code}' --header 'Content-Type: application/json' "$@" "$url")
  code=$(grep -i '^adit-error-code:' headers | tr -d '\r' | cut -d ' ' -f 2)
  echo "  $what: $status ${code:-delivered}"
  if [ "${code:-delivered}" != "$must" ]; then
    echo "It should have been: $must!"
    exit 1
  fi
}

# GitHub signs the content.
open_endpoint github
body='{"action":"opened","number":7}'
signature=$(printf %s "$body" | sign github.secret)
send delivered 'signed by GitHub' --header "X-Hub-Signature-256: sha256=$signature" --data "$body"
send ERR_ADIT_3204 'without a signature' --data "$body"
openssl rand -hex 20 > guessed.secret
guess=$(printf %s "$body" | sign guessed.secret)
send ERR_ADIT_3204 'signed with another secret' --header "X-Hub-Signature-256: sha256=$guess" --data "$body"
send ERR_ADIT_3204 'changed after GitHub signed it' --header "X-Hub-Signature-256: sha256=$signature" \
  --data '{"action":"opened","number":8}'

# Slack signs the time and the content, so that a delivery is good once, and for five minutes.
open_endpoint slack
body='{"type":"event_callback","event":{"type":"app_mention"}}'
now=$(date +%s)
signature=$(printf %s "v0:$now:$body" | sign slack.secret)
send delivered 'signed by Slack' --header "X-Slack-Request-Timestamp: $now" \
  --header "X-Slack-Signature: v0=$signature" --data "$body"
send ERR_ADIT_3204 'the same again' --header "X-Slack-Request-Timestamp: $now" \
  --header "X-Slack-Signature: v0=$signature" --data "$body"
send ERR_ADIT_3204 'the same, said to be of another time' --header "X-Slack-Request-Timestamp: $((now - 1))" \
  --header "X-Slack-Signature: v0=$signature" --data "$body"
before=$((now - 3600))
old=$(printf %s "v0:$before:$body" | sign slack.secret)
send ERR_ADIT_3204 'signed by Slack an hour ago' --header "X-Slack-Request-Timestamp: $before" \
  --header "X-Slack-Signature: v0=$old" --data "$body"
send ERR_ADIT_3204 'without a signature' --data "$body"

echo 'Two deliveries went to your service; everything else ended at the edge.'
