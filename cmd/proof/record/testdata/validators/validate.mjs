// Validates a record in a format that others read, with their own validators: node validate.mjs backstage|cyclonedx FILE.
// The entities of Backstage are a JSON list. It prints "valid" with what was validated, or a line for each fault, and exits with 1.
import { readFileSync } from "node:fs";

const [format, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const faults = [];

async function backstage() {
  const catalog = await import("@backstage/catalog-model");
  const policy = catalog.EntityPolicies.allOf([
    new catalog.SchemaValidEntityPolicy(),
    new catalog.DefaultNamespaceEntityPolicy(),
    new catalog.NoForeignRootFieldsEntityPolicy(),
    new catalog.FieldFormatEntityPolicy(),
  ]);
  const kinds = {
    API: catalog.apiEntityV1alpha1Validator,
    Component: catalog.componentEntityV1alpha1Validator,
    Domain: catalog.domainEntityV1alpha1Validator,
    Group: catalog.groupEntityV1alpha1Validator,
    Resource: catalog.resourceEntityV1alpha1Validator,
    System: catalog.systemEntityV1alpha1Validator,
  };
  const entities = JSON.parse(text);
  for (const entity of entities) {
    try {
      await policy.enforce(entity);
      if (!(await kinds[entity.kind].check(entity))) throw new Error("its kind or apiVersion is unknown");
    } catch (e) {
      faults.push(`${entity.kind} ${entity.metadata?.name}: ${e.message}`);
    }
  }
  return `${entities.length} entities`;
}

async function cyclonedx() {
  const { Spec, Validation } = await import("@cyclonedx/cyclonedx-library");
  const found = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  for (const fault of found ?? []) faults.push(`${fault.instancePath}: ${fault.message}`);
  return `${JSON.parse(text).components.length} components`;
}

const validated = await { backstage, cyclonedx }[format]();
console.log(faults.length === 0 ? `valid: ${validated}` : faults.join("\n"));
process.exitCode = faults.length === 0 ? 0 : 1;
