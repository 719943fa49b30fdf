// A browser, pages in it, and what was found wrong with them.
const path = require('path');

const tools = path.join(__dirname, '../../target/browser/node_modules');
const { chromium } = require(path.join(tools, 'playwright-core'));
const failures = [];

function check(page, what, found) {
    if (found.length) failures.push(`${page}: ${what}: ${found.slice(0, 5).join('; ')}`);
}

function launch() {
    return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
}

/// Opens a page, and gives what it asked of the network and what went wrong in it.
async function open(browser, file, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, ...options });
    const page = await context.newPage();
    const asked = [], errors = [];
    page.on('request', (request) => { if (!/^(file|data):/.test(request.url())) asked.push(request.url()); });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
    page.on('dialog', (dialog) => { errors.push('a dialog: ' + dialog.message()); dialog.dismiss(); });
    await page.goto('file://' + file);
    return { page, asked, errors, close: () => context.close() };
}

module.exports = { tools, failures, check, launch, open };
