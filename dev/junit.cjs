// Validates JUnit reports against the schemas that dev/test fetched: those of Ant and of Jenkins.
const fs = require('fs');
const path = require('path');

const target = path.join(__dirname, '../target');
const { validateXML } = require(path.join(target, 'xmllint/package'));

async function main() {
    for (const name of ['JUnit.xsd', 'jenkins-junit.xsd']) {
        const schema = fs.readFileSync(path.join(target, 'junit/package/test/resources', name), 'utf8');
        for (const file of process.argv.slice(2)) {
            const report = { fileName: path.basename(file), contents: fs.readFileSync(file, 'utf8') };
            const { valid, errors } = await validateXML({ xml: [report], schema: [schema] });
            console.log(`${name} ${path.basename(file)}: ${valid ? 'valid' : 'INVALID'}`);
            errors.forEach((error) => console.log(`  ${error.rawMessage}`));
            if (!valid) process.exitCode = 1;
        }
    }
}

main();
