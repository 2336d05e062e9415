/** The page on cluster.yaml as a whole. */
export const clusterTemplate = `# cluster.yaml

One file says everything about a cluster: \`clusters/<cluster>/cluster.yaml\`. A key that is left out has the default that stands
here. A terminal shows the same text, with the values of a cluster and where they come from:

    overstack explain services.glance.replicas --cluster eu1

In the tables \`<name>\` stands for any name, and \`[]\` for each item of a list.

## At the root
{{> rows root}}
{{#each sections}}

## {{name}}

{{{meaning}}}
{{> rows rows}}
{{/each}}

## Instances

\`infrastructure\`, \`services\` and \`nodes\` are maps of instances. The default instance has the name of its
component, and the name of a further one begins with it: \`mariadb\`, \`mariadb-billing\`. What a service needs and nobody writes is
added.

| Component | Below | Meaning |
| --- | --- | --- |
{{#each components}}
| [{{name}}](components/{{name}}.md) | \`{{group}}\` | {{cell summary}} |
{{/each}}

## Settings of every instance

The page of a component lists its roles, housekeeping jobs, images and files. \`config\`, \`files\`,
\`environment\`, \`environmentFrom\`, \`volumes\` and \`sidecars\` are for OpenStack services alone.
{{> rows common}}

## Settings of services

Instances below \`services\` and \`nodes\` have these in addition.
{{> rows service}}

## Settings of what runs on nodes

Instances below \`nodes\` have these too. [Nodes](../nodes.md) tells more.
{{> rows node}}
`;

/** The page of one component. */
export const componentTemplate = `# {{name}}

{{{summary}}}
{{#if operators}}

Run by {{operators}}.
{{/if}}
{{#if owner}}

It is a part of [{{owner}}]({{owner}}.md), whose options say which there are. Settings of one are written at its
name{{#if example}}:{{else}}, below \`{{group}}\`.{{/if}}
{{/if}}
{{#if example}}

\`\`\`yaml
{{{example}}}\`\`\`
{{/if}}

[Settings of every instance](../cluster-yaml.md#settings-of-every-instance){{#if isService}} and
[of services](../cluster-yaml.md#settings-of-services){{/if}} can be written as well.

## Options
{{#if options}}
{{> rows options}}
{{else}}

{{#if owner}}They follow from those of its owner.{{else}}It has none of its own.{{/if}}
{{/if}}

## Roles

Keys of \`replicas\`, \`resources\` and \`autoscaling\`.

| Role | Replicas in production | In development | How many |
| --- | --- | --- | --- |
{{#each roles}}
| \`{{name}}\` | {{production}} | {{development}} | {{scaling}} |
{{/each}}

## Images

Keys of \`image\`. \`<release>\` stands for the release of the cluster.

| Image | Default |
| --- | --- |
{{#each images}}
| \`{{name}}\` | {{{reference}}} |
{{/each}}
{{#if needs}}

## Connections

What it uses, and so what \`dedicated\` and \`uses\` can name. Some only with the option that asks for it.

| Kind | Name | Group of the configuration |
| --- | --- | --- |
{{#each needs}}
| \`{{kind}}\` | {{name}} | \`[{{group}}]\` |
{{/each}}
{{/if}}
{{#if endpoints}}

## Endpoints

| Type in the catalogue | Port | Path | Time limit of a request |
| --- | --- | --- | --- |
{{#each endpoints}}
| {{type}} | {{port}} | \`{{path}}\` | {{timeout}} |
{{/each}}
{{/if}}
{{#if files}}

## Files of configuration

Keys of \`config\`, below \`{{directory}}\`.

| File | Form |
| --- | --- |
{{#each files}}
| \`{{name}}\` | {{kind}} |
{{/each}}
{{/if}}
{{#if crons}}

## Housekeeping jobs

Keys of \`crons\`.

| Job | Schedule |
| --- | --- |
{{#each crons}}
| \`{{name}}\` | \`{{schedule}}\` |
{{/each}}
{{/if}}
{{#if secrets}}

## Secrets

On defaults; options can ask for more. \`overstack explain secrets\` lists those of a cluster.

| Secret | Keys | Purpose |
| --- | --- | --- |
{{#each secrets}}
| \`{{name}}\` | {{keys}} | {{cell purpose}} |
{{/each}}
{{/if}}
`;

/** A table of keys. */
export const rowsTemplate = `
| Key | Meaning | Type | Default |
| --- | --- | --- | --- |
{{#each this}}
| \`{{path}}\` | {{cell meaning}} | {{cell type}} | {{cell default}} |
{{/each}}`;

/** The page of mistakes: the register by stage. */
export const mistakesTemplate = `# Mistakes

Every mistake that Overstack finds has a code. A message shows the file, the place, what is wrong and the way out; with
\`--output json\` each issue has its code too, so that scripts can act on it. Codes are stable: one that gets another name is still
given as \`formerly\`.

Mistakes are listed by the part of the work that finds them, in that order. A mistake is found as early as it can be.

{{#each stages}}
## {{this.title}}

{{this.about}}

| code | meaning |
|---|---|
{{#each this.codes}}
| \`{{{this.code}}}\` | {{{cell this.means}}}{{#if this.formerly}} Formerly \`{{{this.formerly}}}\`.{{/if}} |
{{/each}}

{{/each}}
`;

export const impactTemplate = `# Impact

What [\`overstack diff\`](../reviewing.md) says of a change, and what each claim rests on. With \`--output json\` each claim has its rule.

| level | what it asks of you |
|---|---|
| refused | the commit cannot be applied as it is: the claim says what to do instead |
| interruption | users notice it: choose the time |
| risk | it goes well while nothing else fails: look at the cluster first, and afterwards |
| data | what becomes of data, and of objects that hold it |
| later | it is not applied with this commit |
| notice | how it happens |

| rule | level | fact | source |
|---|---|---|---|
{{#each rules}}
| \`{{{this.name}}}\` | {{{this.level}}} | {{{cell this.fact}}} | {{{this.source}}} |
{{/each}}
`;
