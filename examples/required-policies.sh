#!/bin/sh
# What every endpoint must have. First by an authtoken that opens names below one domain only, and those only with a list of
# allowed addresses and a password: whoever has the token, in whatever language his agent is written, without them there is no
# endpoint. Then by rules of the account, for every endpoint of everybody in it.
# In an empty folder on the machine of `npm start`, with a service on port 3000 and the API key that was printed:
#
#   ADIT_CONFIG=.../.adit/agent.yml ADIT_CONNECT_CAS=.../.adit/tls/ca.pem ADIT_API_KEY=adit_ak_... \
#     sh .../examples/required-policies.sh 3000
set -eu
# This clone's `adit`. In an empty folder npx would fetch a package that only has its name.
PATH="$(cd "$(dirname "$0")/../node_modules/.bin" && pwd):$PATH"
port=$1
umask 077

agent=
token=
rules=
clean_up() {
  trap '' HUP INT TERM
  [ -z "$agent" ] || kill "$agent" 2>/dev/null || true
  [ -z "$rules" ] || adit api account-rules delete "$rules" >/dev/null || echo "Please delete $rules yourself." >&2
  [ -z "$token" ] || adit api credentials delete "$token" >/dev/null || echo "Please delete $token yourself." >&2
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

fail() {
  echo "It should have been: $1!"
  exit 1
}

# Starts an agent with the options that follow, and waits for what becomes of it; sets $outcome: its URL, or why there is none.
try() {
  adit http "$port" "$@" > agent.log 2> agent.err &
  agent=$!
  outcome=
  while [ -z "$outcome" ] && kill -0 $agent 2>/dev/null; do
    sleep 0.2
    outcome=$(sed -n 's/.*"msg":"started tunnel".*"url":"\([^"]*\)".*/\1/p' agent.log)
  done
  [ -n "$outcome" ] || outcome=$(sed -n 's/^adit: //p' agent.err)
  echo "  $outcome"
}

# The agent must be refused with the code $1.
refused() {
  must=$1
  shift
  try "$@"
  grep -q "$must" agent.err || fail "$must"
}

echo 'A token for names below dev.localhost, with policies:'
made=$(adit api credentials create --acl 'bind:*.dev.localhost' \
  --acl 'require:restrict-ips {"allow":["127.0.0.0/8"]}' --acl require:basic-auth)
token=$(printf '%s\n' "$made" | sed -n 's/^id  *//p')
ADIT_AUTHTOKEN=$(printf '%s\n' "$made" | sed -n 's/^token  *//p')
export ADIT_AUTHTOKEN
printf 'ann:%s\n' "$(openssl rand -hex 12)" > passwords.txt
adit api credentials get "$token" | sed -n 's/^acl  */  /p'

echo 'Without the policies:'
refused ERR_ADIT_9409 --url https://shop.dev.localhost
echo 'With one of them:'
refused ERR_ADIT_9409 --url https://shop.dev.localhost --basic-auth-file passwords.txt
echo 'With addresses that are others:'
refused ERR_ADIT_9409 --url https://shop.dev.localhost --basic-auth-file passwords.txt --cidr-allow 0.0.0.0/0
echo 'Under another name:'
refused ERR_ADIT_316 --url https://shop.localhost --basic-auth-file passwords.txt --cidr-allow 127.0.0.0/8
echo 'As it must be:'
try --url https://shop.dev.localhost --basic-auth-file passwords.txt --cidr-allow 127.0.0.0/8
case $outcome in https://*) ;; *) fail 'an endpoint' ;; esac

status() { curl --silent --output answer --write-out '%{http_code}' --cacert "$ADIT_CONNECT_CAS" "$@" "$outcome"; }
echo "A visitor without the password: $(status)"
printf 'user = "%s"\n' "$(cat passwords.txt)" > curl.conf
echo "With it: $(status --config curl.conf)"

adit api credentials update "$token" --acl 'bind:*.dev.localhost' --acl require:verify-webhook >/dev/null
echo 'The token demands something else; the endpoint ends:'
looks=1
until grep -q 'Cannot open the endpoint' agent.log; do
  [ $looks -lt 25 ] || fail 'no endpoint'
  looks=$((looks + 1))
  sleep 0.2
done
[ "$(status --config curl.conf)" != 200 ] || fail 'no endpoint'
grep -o 'Cannot open the endpoint: [a-z -]*' agent.log | head -n 1 | sed 's/^/  /'
kill "$agent" 2>/dev/null || true

echo 'Rules of the account: no endpoint without a list of addresses, and no robots at any:'
unset ADIT_AUTHTOKEN
cat > rules.yml <<'EOF'
on_http_request:
  - name: no robots
    expressions: ["req.user_agent.contains('robot')"]
    actions: [{type: deny}]
EOF
rules=$(adit api account-rules create --require 'restrict-ips {"allow":["127.0.0.0/8"]}' \
  --traffic-policy "$(cat rules.yml)" | sed -n 's/^id  *//p')
echo 'Any token, without the list:'
refused ERR_ADIT_9409 --url https://open.localhost
echo 'With it:'
try --url https://open.localhost --cidr-allow 127.0.0.0/8
case $outcome in https://*) ;; *) fail 'an endpoint' ;; esac
echo "A visitor: $(status)"
echo "A robot: $(status --user-agent robot/1.0)"
