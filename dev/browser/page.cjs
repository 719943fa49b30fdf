// A page as its readers have it: by keyboard, on phones, in print, without scripts.
const fs = require('fs');
const path = require('path');
const { tools, check, open } = require('./browser.cjs');

const axe = fs.readFileSync(path.join(tools, 'axe-core/axe.min.js'), 'utf8');

async function accessible(browser, file) {
    const name = path.basename(file);
    const views = [['light', 1400], ['dark', 1400], ['light', 375], ['all open', 1400]];
    for (const [view, width] of views) {
        const colorScheme = view === 'dark' ? 'dark' : 'light';
        const opened = await open(browser, file, { viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
        if (view === 'all open') await opened.page.evaluate(() => document.querySelectorAll('details').forEach((e) => { e.open = true; }));
        await opened.page.evaluate(axe);
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        const found = await opened.page.evaluate((runOnly) => window.axe.run(document, { runOnly }), tags);
        check(name, `axe, ${view}, ${width} px`, found.violations.map((rule) => `${rule.id} at ${rule.nodes[0].target}`));
        await opened.close();
    }
}

async function quiet(browser, file) {
    const name = path.basename(file);
    const { page, asked, errors, close } = await open(browser, file);
    await page.waitForTimeout(200);
    check(name, 'asks the network', asked);
    check(name, 'goes wrong', errors);
    await close();
}

async function fits(browser, file) {
    const name = path.basename(file);
    for (const width of [320, 375, 768, 1024, 1400]) {
        const { page, close } = await open(browser, file, { viewport: { width, height: 800 } });
        const found = await page.evaluate(() => document.documentElement.scrollWidth);
        check(name, 'scrolls sideways', found > width ? [`${found} at ${width}`] : []);
        await close();
    }
}

/// Without scripts every row can be unfolded; in print all are.
async function whole(browser, file) {
    const name = path.basename(file);
    const { page, close } = await open(browser, file, { javaScriptEnabled: false });
    const rows = await page.locator('.tree dfn').count();
    await close();
    const printed = await open(browser, file);
    await printed.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    const hidden = await printed.page.evaluate(() => [...document.querySelectorAll('.tree dfn')].filter((e) => !e.checkVisibility()).length);
    check(name, 'print hides', hidden ? [`${hidden} of ${rows} rows`] : []);
    await printed.close();
}

/// A link into what is folded opens it; the search finds a property by keyboard alone, and gives the focus back.
async function found(browser, file) {
    const name = path.basename(file);
    const { page, close } = await open(browser, file);
    const deep = await page.evaluate(() => {
        const rows = [...document.querySelectorAll('.tree li[id]')];
        const row = rows.find((e) => !e.checkVisibility()) || rows[0];
        return row && { id: row.id, name: row.querySelector('dfn') ? row.querySelector('dfn').textContent : '' };
    });
    if (deep && deep.name) {
        await page.evaluate((id) => { location.hash = '#' + id; }, deep.id);
        await page.waitForTimeout(100);
        const isSeen = await page.evaluate((id) => document.getElementById(id).checkVisibility(), deep.id);
        check(name, 'does not open', isSeen ? [] : [deep.id]);
        await page.keyboard.press('/');
        await page.keyboard.type(deep.name);
        const matches = await page.locator('#hits a').count();
        await page.keyboard.press('ArrowDown');
        const focused = await page.evaluate(() => document.activeElement.closest('#hits') !== null);
        check(name, 'the search has no match', matches && focused ? [] : [deep.name]);
        await page.keyboard.press('Enter');
        await page.waitForTimeout(100);
        const target = await page.evaluate(() => document.activeElement !== document.body && location.hash.length > 1);
        check(name, 'the search leads nowhere', target ? [] : [deep.name]);
        await page.keyboard.press('/');
        await page.keyboard.press('Escape');
        check(name, 'the focus is lost', await page.evaluate(() => document.activeElement.id === 'q') ? [] : ['after Escape']);
    }
    await close();
}

/// Screens of 1000 pixels before the first operation: one and a half for up to 12 operations, else three.
async function near(browser, file) {
    const { page, close } = await open(browser, file);
    const tops = await page.evaluate(() => [...document.querySelectorAll('h3[id^=operation]')].map((e) => Math.round(e.getBoundingClientRect().top)));
    check(path.basename(file), 'has its first operation far down', tops[0] > (tops.length > 12 ? 3000 : 1500) ? [`${tops[0]} px, of ${tops.length}`] : []);
    await close();
}

/// Read as a client, badges and sentences are those of the client's side; read as the service again, all is as it was.
async function turns(browser, file) {
    const name = path.basename(file);
    const { page, close } = await open(browser, file);
    const shown = (selector) => page.evaluate((selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()).map((e) => e.innerText), selector);
    const all = 'h2, h3, .contents, .sentence, .facts span, .glance tr, .view';
    const before = await shown(all);
    if (await page.locator('.sentence').count()) {
        await page.click('#side');
        check(name, 'does not turn', (await shown('.badge, .facts span')).filter((text) => /^(receives|sends)$/.test(text)));
        check(name, 'has a sentence of the other side', (await shown('.sentence')).filter((text) => !/^You (send|receive) .*\. .* (receives|sends) it\.$/s.test(text)));
        await page.click('#side');
        const after = await shown(all);
        check(name, 'does not turn back', before.filter((text, number) => text !== after[number]));
    }
    await close();
}

/// Milliseconds that the page's own thread works until it is loaded, however busy the machine is: on all, and on scripts.
async function spent(browser, file) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 1000 } });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.goto('file://' + file);
    const { metrics } = await session.send('Performance.getMetrics');
    await context.close();
    const of = (name) => Math.round(metrics.find((metric) => metric.name === name).value * 1000);
    return { work: of('TaskDuration'), scripts: of('ScriptDuration') };
}

/// A page of 300 operations is ready within a second.
async function bounded(browser, file) {
    const { page, close } = await open(browser, file);
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
    const { work, scripts } = await spent(browser, file);
    console.log(`large.html: ${nodes} nodes, loaded by ${work} ms of CPU, ${scripts} ms of that in scripts`);
    check('large.html', 'has too many nodes', nodes > 100000 ? [nodes] : []);
    check('large.html', 'takes too much to load', work > 1000 ? [`${work} ms of CPU`] : []);
    await close();
}

/// Scripts of a usual page take no time that anybody sees.
async function light(browser, file) {
    const { scripts } = await spent(browser, file);
    console.log(`${path.basename(file)}: ${scripts} ms of CPU in scripts`);
    check(path.basename(file), 'has scripts that take long', scripts >= 10 ? [`${scripts} ms of CPU`] : []);
}

module.exports = { accessible, quiet, fits, whole, found, near, turns, bounded, light };
