import { entry } from "../catalog-entry.ts";
import { counted, quotedList, shown } from "../wording.ts";

/** 1xxx: the file's text and its schema. */
export const TEXT = {
  FileNotFound: entry<{ readonly file: string; readonly searched: string | null }>({
    code: "COOP1001",
    severity: "error",
    message: ({ file, searched }) =>
      searched === null
        ? `There is no file ${shown(file)}.`
        : `There is no ${shown(file)} in ${shown(searched)} or in a folder above it.`,
    hint: () =>
      "Write one, such as `version: coop/v1` and below it `agents: { coder: { run: shell } }`, or name it with `-f FILE`.",
    example: "A command is given where no coop.yaml is in the folder or in one above it.",
  }),
  NotAFile: entry<{ readonly file: string; readonly kind: string }>({
    code: "COOP1002",
    severity: "error",
    message: ({ file, kind }) => `${shown(file)} is ${kind}, not a file.`,
    hint: () => "Name a regular file with `-f FILE`.",
    example: "`coop validate -f .` names a folder; a pipe, a socket and a device are refused the same way, unread.",
  }),
  FileUnreadable: entry<{ readonly file: string; readonly reason: string }>({
    code: "COOP1003",
    severity: "error",
    message: ({ file, reason }) => `${shown(file)} cannot be read: ${reason}.`,
    hint: () => "Make it readable for you.",
    example: "The file's permissions do not let you read it.",
  }),
  FileTooLarge: entry<{ readonly size: number; readonly limit: number }>({
    code: "COOP1004",
    severity: "error",
    message: ({ size, limit }) => `The file has ${size} bytes; the limit is ${limit}.`,
    hint: () => "Keep what only one project needs; 10,000 agents fit in.",
    example: "A file of 50 MB. It is refused by its size, before it is read.",
  }),
  FileOutsideRepository: entry<{ readonly file: string }>({
    code: "COOP1005",
    severity: "error",
    message: ({ file }) => `${shown(file)} is a symbolic link that leads out of the repository.`,
    hint: () => "Put the file itself here: what is reviewed in the repository must be what is run.",
    example: "coop.yaml is a symbolic link to /etc/coop.yaml.",
  }),
  NotUtf8: entry<{ readonly byte: number }>({
    code: "COOP1006",
    severity: "error",
    message: ({ byte }) => `The file is not UTF-8: byte ${byte} begins nothing valid.`,
    hint: () => "Save the file as UTF-8.",
    example: "The file was saved as Latin-1 or as UTF-16.",
  }),
  ControlCharacter: entry<{ readonly name: string }>({
    code: "COOP1007",
    severity: "error",
    message: ({ name }) => `The character ${name} cannot stand in the file.`,
    hint: () => "Remove it; inside double quotes an escape such as `\\u0007` says the same visibly.",
    example: "version: coop/v1\ngate: make\u0007check\n",
  }),
  YamlSyntax: entry<{ readonly problem: string; readonly mend: string }>({
    code: "COOP1008",
    severity: "error",
    message: ({ problem }) => `This is not YAML: ${problem}.`,
    hint: ({ mend }) => mend,
    example: 'version: coop/v1\ngate: "make check\n',
  }),
  TabIndentation: entry<object>({
    code: "COOP1009",
    severity: "error",
    message: () => "A tab indents this line; YAML indents with spaces only.",
    hint: () => "Replace the tab by spaces.",
    example: "version: coop/v1\nagents:\n\tcoder: {}\n",
  }),
  DuplicateKey: entry<{ readonly key: string }>({
    code: "COOP1010",
    severity: "error",
    message: ({ key }) => `${shown(key)} is written twice in this mapping.`,
    hint: () => "Keep one of the two.",
    example: "version: coop/v1\nagents:\n  coder: { run: claude, run: codex }\n",
  }),
  SecondDocument: entry<object>({
    code: "COOP1011",
    severity: "error",
    message: () => "A second YAML document begins here; a coop.yaml is one document.",
    hint: () => "Remove this line and what follows, or merge it into the first document.",
    example: "version: coop/v1\n---\nversion: coop/v1\n",
  }),
  AliasExplosion: entry<{ readonly limit: number }>({
    code: "COOP1012",
    severity: "error",
    message: ({ limit }) => `The aliases stand for more than ${limit} values in total.`,
    hint: () => "Write the values where they are needed, or use `defaults`.",
    example: `version: coop/v1\nagents:\n  a: &a { egress: [${Array.from({ length: 40 }, () => "x").join(", ")}] }\n  b: &b { egress: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a] }\n  c: &c { egress: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b] }\n  d: &d { egress: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c] }\n`,
  }),
  UnknownAlias: entry<{ readonly alias: string }>({
    code: "COOP1013",
    severity: "error",
    message: ({ alias }) => `No anchor ${shown(`&${alias}`)} is finished before this alias.`,
    hint: ({ alias }) => `Write the value here, or put ${shown(`&${alias}`)} before the value that is meant.`,
    example: "version: coop/v1\nagents:\n  coder: *base\n",
  }),
  TagRefused: entry<{ readonly tag: string }>({
    code: "COOP1014",
    severity: "error",
    message: ({ tag }) => `The tag ${shown(tag)} has no meaning in a coop.yaml.`,
    hint: () => "Remove the tag; quote the value where it must be a text.",
    example: "version: coop/v1\ngate: !!str 5\n",
  }),
  MergeKeyRefused: entry<object>({
    code: "COOP1015",
    severity: "error",
    message: () => "Merge keys (`<<`) are not part of YAML 1.2.",
    hint: () => "Put what the agents share into `defaults`, or write it out.",
    example: "version: coop/v1\nagents:\n  a: &a { run: claude }\n  b: { <<: *a }\n",
  }),
  TooDeep: entry<{ readonly limit: number }>({
    code: "COOP1016",
    severity: "error",
    message: ({ limit }) => `Mappings and lists are nested more than ${limit} deep here.`,
    hint: () => "Nothing in a coop.yaml is nested that deep: remove it.",
    example: `version: coop/v1\ngate: ${"[".repeat(70)}${"]".repeat(70)}\n`,
  }),
  KeyNotText: entry<object>({
    code: "COOP1017",
    severity: "error",
    message: () => "A key must be one plain name.",
    hint: () => "Write a name before the colon; quote it where it holds special characters.",
    example: "version: coop/v1\nagents:\n  [a, b]: {}\n",
  }),
  DirectiveRefused: entry<object>({
    code: "COOP1018",
    severity: "error",
    message: () => "A YAML directive (`%…`) would change how the file is read.",
    hint: () => "Remove the line.",
    example: "%YAML 1.1\n---\nversion: coop/v1\n",
  }),
  EmptyFile: entry<object>({
    code: "COOP1019",
    severity: "error",
    message: () => "The file declares nothing.",
    hint: () => "Begin with `version: coop/v1` and below it `agents: { coder: { run: shell } }`.",
    example: "# nothing\n# here\n",
  }),
  UnknownField: entry<{ readonly field: string; readonly owner: string; readonly mend: string }>({
    code: "COOP1020",
    severity: "error",
    message: ({ field, owner }) => `${shown(field)} is not a field of ${owner}.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\nagents:\n  coder:\n    enviroment: { NODE_ENV: test }\n",
  }),
  MissingField: entry<{ readonly field: string; readonly owner: string; readonly mend: string }>({
    code: "COOP1021",
    severity: "error",
    message: ({ field, owner }) => `${shown(field)} is missing in ${owner}.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\nservices:\n  db: { user: postgres }\n",
  }),
  WrongType: entry<{
    readonly where: string;
    readonly expected: string;
    readonly found: string;
    readonly mend: string;
  }>({
    code: "COOP1022",
    severity: "error",
    message: ({ where, expected, found }) => `${where} must be ${expected}, not ${found}.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\nagents:\n  coder: { services: db }\n",
  }),
  UnknownValue: entry<{
    readonly value: string;
    readonly where: string;
    readonly allowed: readonly string[];
    readonly mend: string;
  }>({
    code: "COOP1023",
    severity: "error",
    message: ({ value, where, allowed }) => `${where} cannot be ${shown(value)}: it is ${quotedList(allowed, "or")}.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\nagents:\n  coder: { restart: unless-stopped }\n",
  }),
  OutOfRange: entry<{ readonly where: string; readonly limits: string }>({
    code: "COOP1024",
    severity: "error",
    message: ({ where }) => `${where} is out of range.`,
    hint: ({ limits }) => `It is ${limits}.`,
    example: "version: coop/v1\nagents:\n  coder: { ports: [70000] }\n",
  }),
  EmptyValue: entry<{ readonly where: string; readonly mend: string }>({
    code: "COOP1025",
    severity: "error",
    message: ({ where }) => `${where} is empty.`,
    hint: ({ mend }) => mend,
    example: "version: coop/v1\nagents:\n  coder: { run: [] }\n",
  }),
  InvalidName: entry<{ readonly name: string; readonly proposal: string | null }>({
    code: "COOP1026",
    severity: "error",
    message: ({ name }) =>
      `${shown(name)} is not a name: lower-case letters, digits and \`-\`, at most 63, with a letter or digit at both ends.`,
    hint: ({ proposal }) => (proposal === null ? "Choose another name." : `Write \`${proposal}\`.`),
    example: "version: coop/v1\nagents:\n  My_Coder: {}\n",
  }),
  InvalidEnvironmentName: entry<{ readonly name: string }>({
    code: "COOP1027",
    severity: "error",
    message: ({ name }) => `${shown(name)} is not a name of an environment variable.`,
    hint: () => "Use letters, digits and `_`, not a digit first.",
    example: "version: coop/v1\nagents:\n  coder: { environment: { NODE-ENV: test } }\n",
  }),
  InvalidDuration: entry<{ readonly text: string; readonly proposal: string | null }>({
    code: "COOP1028",
    severity: "error",
    message: ({ text }) => `${shown(text)} is not a duration: a whole number and its unit.`,
    hint: ({ proposal }) => (proposal === null ? "Write `500ms`, `2s`, `5m` or `8h`." : `Write \`${proposal}\`.`),
    example: "version: coop/v1\nservices:\n  db: { image: redis:7, readyTimeout: 30 }\n",
  }),
  InvalidSize: entry<{ readonly text: string; readonly proposal: string | null }>({
    code: "COOP1029",
    severity: "error",
    message: ({ text }) => `${shown(text)} is not a size: a whole number and its unit.`,
    hint: ({ proposal }) => (proposal === null ? "Write `512MiB` or `4GiB`." : `Write \`${proposal}\`.`),
    example: "version: coop/v1\nagents:\n  coder: { resources: { memory: 4GB } }\n",
  }),
  TooManyProblems: entry<{ readonly hidden: number; readonly whole: boolean }>({
    code: "COOP1030",
    severity: "error",
    message: ({ hidden, whole }) =>
      `${whole ? "" : "At least "}${counted(hidden, "further problem")} of this file ${hidden === 1 ? "is" : "are"} not shown.`,
    hint: () => "Mend these first.",
    example: "A file with more than 1,000 mistakes.",
  }),
  WrongFileName: entry<{ readonly found: string; readonly file: string }>({
    code: "COOP1031",
    severity: "error",
    message: ({ found, file }) => `There is a ${shown(found)} but no ${shown(file)}.`,
    hint: ({ found, file }) => `Rename it to \`${file}\`, or name it with \`-f ${found}\`.`,
    example: "The folder holds a coop.yml.",
  }),
  DirectionCharacter: entry<{ readonly name: string }>({
    code: "COOP1032",
    severity: "error",
    message: ({ name }) => `The invisible character ${name} makes the text look different from what it is.`,
    hint: () => "Remove it; inside double quotes an escape such as `\\u202e` says the same visibly.",
    example: "version: coop/v1\ngate: make \u202echeck\n",
  }),
  EntryTooLarge: entry<{ readonly size: number; readonly limit: number }>({
    code: "COOP1033",
    severity: "error",
    message: ({ size, limit }) => `This one entry has ${size} characters; the limit for an entry is ${limit}.`,
    hint: () => "Write large mappings in block style, one line a field, or move the text into a file.",
    example: "An agent, a service or a flow mapping (`{…}`) of more than 512 KiB.",
  }),
} as const;
