/** Programs that a job builds from their modules, which Go checks by its database of digests: https://go.dev/ref/mod#checksum-database */
export const goPrograms = {
  kustomize: "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1",
  kubeconform: "github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0",
} as const;

/** The first line of the comment that is renewed. */
const commentMark = "<!-- overstack:diff -->";

/*
 * What each job runs, for bash. `BASE` is a commit of the branch that the change goes into, `DIFF` the text of the comment.
 */

/** Scripts of packages are not run: those of a pull request are written by anybody. */
export const install = "npm ci --ignore-scripts";

export const checkGenerated = "npx overstack generate --check";

export const checkSecrets = `failed=0
for cluster in clusters/*/cluster.yaml; do
  npx overstack secrets check "$(basename "$(dirname "$cluster")")" || failed=1
done
exit "$failed"`;

/** 3 says that something differs. */
export const writeDiff = `status=0
npx overstack -o markdown diff "$(git merge-base "$BASE" HEAD)" > overstack-diff.md || status=$?
cat overstack-diff.md
test "$status" -eq 0 || test "$status" -eq 3`;

/** The same as one file for a browser, which no limit of a comment shortens. */
export const writePage = `npx overstack -o html diff "$(git merge-base "$BASE" HEAD)" > overstack-diff.html || test $? -eq 3`;

export const installPrograms = Object.values(goPrograms)
  .map((program) => `GOBIN="$PWD/.bin" go install ${program}`)
  .join("\n");

/**
 * Builds what has changed as the engines do, all of it where a base has changed, and compares with the schemas of Kubernetes. Custom
 * resources have no schema there, and encrypted Secrets more fields than a Secret.
 */
export const buildChanged = `PATH="$PWD/.bin:$PATH"
base=$(git merge-base "$BASE" HEAD)
if git diff --quiet "$base" HEAD -- bases; then
  folders=$(git diff --name-only --relative "$base" HEAD -- overlays | cut -d / -f 1-3 | sort -u)
else
  folders=$(ls -d overlays/*/*)
fi
for folder in $folders; do
  test -d "$folder" || continue
  for file in $(find "$folder" -name kustomization.yaml -exec grep -l '^kind: Kustomization' {} +); do
    echo "$(dirname "$file")"
    kustomize build "$(dirname "$file")" > .overstack.built.yaml
    kubeconform -strict -summary -skip Secret -ignore-missing-schemas -schema-location "\${SCHEMAS:-default}" .overstack.built.yaml
  done
done`;

/** Makes the body of a request of a text, and finds the comment that has the mark: a shell reads no JSON. */
const asJson = `node -e 'console.log(JSON.stringify({ body: (process.env.MARK + "\\n" + process.env.DIFF).slice(0, 65536) }))' > comment.json`;
const findComment = `node -e 'const found = JSON.parse(require("fs").readFileSync("comments.json", "utf8")).find(({ body }) => body.startsWith(process.env.MARK)); console.log(found ? found.id : "")'`;

/** One comment, renewed. The token reaches curl by standard input: arguments of a program are seen by others. */
const renewComment = (header: string, all: string, one: string, verb: string): string => `MARK='${commentMark}'
export MARK
ask() { printf 'header = "${header}: %s"\\nheader = "content-type: application/json"\\n' "$TOKEN" | curl --silent --show-error --fail --config - "$@"; }
${asJson}
ask "${all}?per_page=100&limit=100" > comments.json
id=$(${findComment})
if [ -n "$id" ]; then
  ask --request ${verb} --data @comment.json "${one}/$id" > answer.json
else
  ask --request POST --data @comment.json "${all}" > answer.json
fi`;

/** With the API of GitHub, which Forgejo and Gitea have in this part. */
export const commentByGitHub = renewComment(
  "authorization: token",
  "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments",
  "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/comments",
  "PATCH",
).replace("token: %s", "token %s");

export const commentByGitLab = renewComment(
  "private-token",
  "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes",
  "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes",
  "PUT",
);

/** A script below a key of YAML, so many blanks in. */
export const indented = (script: string, blanks: number): string =>
  script
    .split("\n")
    .map((line) => (line === "" ? "" : `${" ".repeat(blanks)}${line}`))
    .join("\n");

/** Steps of a workflow, as GitHub writes them and Forgejo reads them: what is generated, Secrets, what the change does. */
export const checkSteps = `      - name: Install
        run: ${install}
      - name: The files are as generated
        run: ${checkGenerated}
      - name: Secrets are there and encrypted
        run: |
${indented(checkSecrets, 10)}
      - name: What the change does
        if: \${{ !cancelled() }}
        run: |
${indented(writeDiff, 10)}`;

/** A step's commands that hand the text on to another job. */
export const handOn = `          end=$(openssl rand -hex 16)
          { echo "diff<<$end"; cat overstack-diff.md; echo; echo "$end"; } >> "$GITHUB_OUTPUT"`;

export const buildSteps = `      - name: Programs that build and judge
        run: |
${indented(installPrograms, 10)}
      - name: What has changed can be built, and has no unknown field
        run: |
${indented(buildChanged, 10)}`;

/** When a text may be written to the pull request: never for one from a fork, whose job has no right to it. */
export const isOurs = `if: \${{ !cancelled() && needs.check.outputs.diff != '' && github.event.pull_request.head.repo.full_name == github.repository }}`;
