import { buildSteps, checkSteps, commentByGitHub, handOn, indented, isOurs, writePage } from "./ci-steps.ts";

/** Actions of others by digest: tags move. The command that shows newer ones stands at the top of the workflow. */
const actions = {
  checkout: { digest: "3d3c42e5aac5ba805825da76410c181273ba90b1", version: "v7.0.1" },
  "setup-node": { digest: "820762786026740c76f36085b0efc47a31fe5020", version: "v7.0.0" },
  "upload-artifact": { digest: "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", version: "v7.0.0" },
} as const;

const uses = (name: keyof typeof actions): string =>
  `uses: actions/${name}@${actions[name].digest} # ${actions[name].version}`;

/** Of GitHub Actions. `folder` is where the fleet lies in the repository. */
export const gitHubWorkflow = (
  folder: string,
): string => `# Checks of a pull request. Made by overstack new ci github; it is yours, and is not written again.
#
# The job "check" runs what the pull request holds, with the right to read and without any secret. The job "comment" may write
# comments, and runs nothing of it; for a pull request from a fork it does not run, and the text is on the page of the job.
#
# The actions are pinned by digest. What their newest versions are, tag and digest:
#   for action in ${Object.keys(actions).join(" ")}; do git ls-remote --tags --sort=v:refname "https://github.com/actions/$action" 'v*' | tail -n 1; done
name: overstack
on:
  pull_request:
permissions: {}
concurrency:
  group: overstack-\${{ github.ref }}
  cancel-in-progress: true
jobs:
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions:
      contents: read
    defaults:
      run:
        shell: bash
        working-directory: ${folder}
    env:
      BASE: \${{ github.event.pull_request.base.sha }}
    outputs:
      diff: \${{ steps.diff.outputs.diff }}
    steps:
      - ${uses("checkout")}
        with:
          fetch-depth: 0
          persist-credentials: false
      - ${uses("setup-node")}
        with:
          node-version: 24
${checkSteps}
      - name: The same as a page
        if: \${{ !cancelled() }}
        run: ${writePage}
      - name: Show it
        id: diff
        if: \${{ !cancelled() }}
        run: |
          cat overstack-diff.md >> "$GITHUB_STEP_SUMMARY"
${handOn}
      - ${uses("upload-artifact")}
        if: \${{ !cancelled() }}
        with:
          name: overstack-diff
          path: |
            ${folder === "." ? "" : `${folder}/`}overstack-diff.md
            ${folder === "." ? "" : `${folder}/`}overstack-diff.html
${buildSteps}
  comment:
    needs: check
    ${isOurs}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      pull-requests: write
    steps:
      - name: One comment, renewed
        shell: bash
        env:
          TOKEN: \${{ github.token }}
          NUMBER: \${{ github.event.pull_request.number }}
          DIFF: \${{ needs.check.outputs.diff }}
        run: |
${indented(commentByGitHub, 10)}
`;
