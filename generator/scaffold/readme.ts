/** README.md of a new fleet, as a Handlebars template. */
export const readme = `# {{name}}

The OpenStack clouds of this fleet, as files. People write one \`cluster.yaml\` for each cluster; Overstack generates the
Kubernetes objects from it; Flux or Argo CD applies what is committed here.

| path | what it is | who writes it |
|---|---|---|
| \`clusters/<cluster>/cluster.yaml\` | what the cluster should be | you |
| \`clusters/<cluster>/flux/\` or \`argocd/\` | what the delivery engine applies, in order | overstack |
| \`overlays/<cluster>/<instance>/\` | what differs in this cluster | overstack |
| \`bases/<release>/<component>/\` | what all clusters of a release share | overstack |
| \`inventory.json\` | the record of what was generated | overstack |

## Every day

    npx overstack new cluster NAME     # a commented clusters/NAME/cluster.yaml to begin with
    npx overstack explain KEY          # what a key means, and where its value comes from
    npx overstack generate             # write bases/, overlays/ and clusters/
    npx overstack commit               # one commit that says what changed

Nothing reaches a cluster before it is pushed. In a pipeline, \`npx overstack generate --check\` fails when the files are
not what \`cluster.yaml\` says.

## By hand

- Edit \`cluster.yaml\`. Settings, options of any configuration file and patches of single objects all have a place there.
- Files of your own, under names that are not generated, are left alone.
- Do not edit generated files: \`overstack generate\` stops at an edited file and says how to keep the edit or drop it.
- Do not commit passwords. Services read them from Kubernetes Secrets; \`cluster.yaml\` names the Secret.
`;
