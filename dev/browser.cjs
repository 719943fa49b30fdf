// Looks at pages in a headless browser, as readers do.
// Usage: node dev/browser.cjs FOLDER SITE, of pages made by `tidings docs` and `tidings docs site`; a large one is called large.html.
const fs = require('fs');
const path = require('path');
const { failures, launch } = require('./browser/browser.cjs');
const { accessible, bounded, fits, found, light, near, quiet, turns, whole } = require('./browser/page.cjs');
const { forced, same } = require('./browser/looks.cjs');
const { edges } = require('./browser/site.cjs');
const { answers } = require('./browser/reader.cjs');

function pages(folder) {
    const names = fs.readdirSync(folder).filter((name) => name.endsWith('.html')).sort();
    return names.map((name) => path.join(folder, name));
}

async function main() {
    const [folder, site] = process.argv.slice(2).map((name) => path.resolve(name));
    const browser = await launch();
    const [documents, around] = [folder, site].map(pages);
    for (const file of documents) {
        for (const look of [quiet, near]) await look(browser, file);
        if (path.basename(file) === 'large.html') await bounded(browser, file);
        else for (const look of [accessible, fits, whole, found, turns, forced]) await look(browser, file);
        if (path.basename(file) === 'streetlights.asyncapi.html') await light(browser, file);
    }
    for (const file of around) for (const look of [quiet, accessible, fits, forced]) await look(browser, file);
    await edges(browser, site);
    await same(browser, folder);
    await answers(browser, folder);
    await browser.close();
    failures.forEach((failure) => console.log(failure));
    console.log(`${documents.length + around.length} pages: ${failures.length} failures`);
    if (failures.length || !documents.length || !around.length) process.exitCode = 1;
}

main();
