// How pages look: in colours that the system forces, without motion, and beside what is kept of how they looked.
const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');
const { check, open } = require('./browser.cjs');

const kept = path.join(__dirname, 'looks');
/// Pages of which it is kept how they look, and the widths.
const looks = ['orders.asyncapi.html', 'request-reply.asyncapi.html', 'publish-subscribe.asyncapi.html'];
const widths = [1400, 375];
/// Pixels of a square whose brightness is kept as one digit.
const SQUARE = 14;

/// What is told apart by colours alone has a border, or a colour of its own, where there are few colours.
async function forced(browser, file) {
    const { page, close } = await open(browser, file, { forcedColors: 'active', reducedMotion: 'reduce' });
    const lost = await page.evaluate(() => {
        const all = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
        const back = getComputedStyle(document.body).backgroundColor;
        const border = (e) => parseFloat(getComputedStyle(e).borderTopWidth) > 0 && getComputedStyle(e).borderTopStyle !== 'none';
        const line = (e) => getComputedStyle(e).stroke !== 'none' && getComputedStyle(e).stroke !== back;
        const spot = (e) => border(e) || getComputedStyle(e).backgroundColor !== back;
        return [...all('.badge, .card, .copy, .tools button, .fault').filter((e) => !border(e)), ...all('.dot').filter((e) => !spot(e)),
            ...all('.picture .box, .picture .line').filter((e) => !line(e))].map((e) => e.className.baseVal || e.className);
    });
    check(path.basename(file), 'loses a border where colours are forced', [...new Set(lost)]);
    const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((e) => {
        const style = getComputedStyle(e);
        return [style.animationDuration, style.transitionDuration].some((time) => time.split(',').some((one) => parseFloat(one) > 0));
    }).map((e) => e.tagName));
    check(path.basename(file), 'moves', moving);
    await close();
}

/// The beginning of a page as rows of digits, a square each: f is white.
async function look(browser, file, width) {
    const { page, close } = await open(browser, file, { viewport: { width, height: 1000 } });
    const picture = (await page.screenshot({ animations: 'disabled' })).toString('base64');
    const rows = await page.evaluate(async ([picture, SQUARE]) => {
        const image = new Image();
        image.src = 'data:image/png;base64,' + picture;
        await image.decode();
        const canvas = new OffscreenCanvas(Math.floor(image.width / SQUARE), Math.floor(image.height / SQUARE));
        const context = canvas.getContext('2d');
        context.imageSmoothingQuality = 'high';
        context.drawImage(image, 0, 0, canvas.width, canvas.height);
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        const digit = (at) => Math.floor((data[at] * 2 + data[at + 1] * 5 + data[at + 2]) / 8 / 16).toString(16);
        return [...Array(canvas.height).keys()].map((y) => [...Array(canvas.width).keys()].map((x) => digit((y * canvas.width + x) * 4)).join(''));
    }, [picture, SQUARE]);
    await close();
    return rows;
}

/// The fonts that pages are laid out by: with others every line is another.
function fonts() {
    const name = (family) => execFileSync('fc-match', [family], { encoding: 'utf8' }).trim();
    try { return `${name('system-ui')}, ${name('monospace')}`; } catch { return 'unknown'; }
}

/// Few squares are lighter or darker than they were. `UPDATE_EXPECT=1` keeps what is seen.
async function same(browser, folder) {
    for (const name of looks) for (const width of widths) {
        const rows = await look(browser, path.join(folder, name), width);
        const file = path.join(kept, `${name.replace('.asyncapi.html', '')}-${width}.txt`);
        if (process.env.UPDATE_EXPECT) {
            fs.mkdirSync(kept, { recursive: true });
            fs.writeFileSync(file, [fonts(), ...rows].join('\n') + '\n');
            continue;
        }
        const [of, ...before] = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
        if (of !== fonts()) {
            console.log(`${name}: how it looked is left out: it was laid out by ${of}, and is here by ${fonts()}`);
            continue;
        }
        const other = rows.flatMap((row, y) => [...row].filter((digit, x) => Math.abs(parseInt(digit, 16) - parseInt((before[y] || '')[x] || '0', 16)) > 1));
        const part = other.length / rows.join('').length;
        check(name, `looks otherwise at ${width} px than in ${file}`, part > 0.005 ? [`${(part * 100).toFixed(1)} % of it`] : []);
    }
}

module.exports = { forced, same };
