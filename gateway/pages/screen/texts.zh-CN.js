/* Every text that people see on the screen page. {names} are filled in by screen.js. ES5 only. */
(function (root) {
  'use strict';

  var texts = {
    title: '零工招聘信息',
    defaultPlate: '零工驿站',
    totals: '在招 {postings} 个岗位 · 还差 {hands} 人',
    updated: '更新于 {time}',
    connecting: '正在连接…',
    page: '第 {page} / {pages} 页',
    unknownClock: '--:--',

    weekdays: ['星期日', '星期一', '星期二', '星期三', '星期四', '星期五', '星期六'],
    date: '{month}月{day}日',
    today: '今天',
    tomorrow: '明天',
    underWay: '已开工',

    wageUnits: { day: '元/天', hour: '元/小时', month: '元/月', piece: '元/{piece}' },
    wageRange: '{from}–{to}',
    settlements: { daily: '日结', weekly: '周结', monthly: '月结', on_completion: '完工结' },
    missingBefore: '还差',
    missingAfter: '人',
    full: '已招满',
    mealsAndLodging: '包吃住',
    overflow: { neighbours: '急招 · 邻站也来', county: '急招 · 全县都来' },
    meals: '包吃',
    lodging: '包住',
    transport: '接送',
    fresh: '新',
    checkedNow: '刚刚核实',
    checkedMinutes: '{count}分钟前核实',
    checkedHours: '{count}小时前核实',
    checkedDays: '{count}天前核实',
    checkedStale: '待重新核实',

    cutOff: '网络中断 · 显示的是 {time} 的信息',
    cutOffWithAge: '网络中断 · 显示的是 {time} 的信息（{age}）',
    cutOffWithoutState: '网络中断 · 正在重新连接',
    ageMoments: '不到 1 分钟前',
    ageMinutes: '{count} 分钟前',
    ageHours: '{count} 小时前',
    ageDays: '{count} 天前',
    aboutAge: '约 {age}',

    cardsTitle: '零工求职信息',
    cardsTotals: '{cards} 人正在找活 · 请到服务台联系',
    drawPaneTitle: '阳光派工',
    everyDay: '天天有空',
    weekend: '周末有空',
    week: '周',
    shortDays: ['一', '二', '三', '四', '五', '六', '日'],
    daysFromTo: '周{from}至周{to}',
    listSign: '、',

    nowCalled: '正在叫号 · 请到服务台',
    earlier: '刚叫过 ',
    beforeCalls: { open: '候工签到中', committed: '候工签到中', closed: '签到已截止', drawn: '等待叫号' },
    toldNumber: ' 号请注意',
    peopleNow: '{count}人',
    checkingInSay: '正在候工',
    nextTitles: { arrival: '请准备（按签到先后）', draw: '请准备（按抽签顺序）' },
    nextBeforeDraw: { committed: '签到截止后抽签，顺序公布在这里', closed: '名单已锁定，马上抽签' },
    nobodyNext: '候工的人都叫过了',
    waitingBefore: '候工',
    waitingAfter: '人',
    checkedIn: '今日签到 {count} 人',
    otherTrades: '其他',
    callPlease: '请',
    callTo: '号到服务台',

    drawStages: {
      committed: '承诺已公布',
      closed: '名单已锁定',
      drawn: '已抽签可核对'
    },
    drawTotals: {
      committed: '签到中 · 截止后抽签',
      closed: '名单 {tickets} 个号 · 马上抽签',
      drawn: '{tickets} 个号已排定 · 扫码核对'
    },
    drawSays: {
      committed: '抽签的种子已经选定并锁好，下面是它的“指纹”。请拍照留存：抽签后种子公布，一对便知没有换过。',
      closed: '签到已截止，名单和每个号的权重都已固定，之后谁也改不了。马上公布种子，抽出顺序。',
      drawn: '种子已公布，顺序由种子和名单算出。扫码用自己的手机重算一遍。'
    },
    drawSteps: { committed: '① 公布承诺', closed: '② 锁定名单', drawn: '③ 公布种子' },
    drawScan: '扫码看名单、自己核对',
    commitmentTitle: '承诺值（种子的 SHA-256 指纹）',
    drawList: '名单 {tickets} 个号的指纹',
    drawListLate: '名单 {tickets} 个号的指纹（迟到 {late} 个号排在后面）',
    seedTitle: '种子',
    override: '人工调整：{ticket} 调到第 {position} 位',

    spokenDigits: {
      '0': '零', '1': '一', '2': '二', '3': '三', '4': '四', '5': '五', '6': '六', '7': '七', '8': '八', '9': '九'
    },
    spokenCall: '请 {number} 号，到服务台。',
    spokenJob: '新岗位。{trade}，{amount}{unit}，还差{missing}人，{place}。',
    spokenUnits: { day: '元一天', hour: '元一小时', month: '元一个月', piece: '元一{piece}' },

    notice: '通知',
    fair: '招聘会',
    fairHours: '{from}–{to}',
    fairOpen: '正在举行',
    fairUntil: '至 {end}',
    fairCompanies: '{count} 家企业',
    branchSums: '{postings}岗 {hands}人',
    suspended: '本驿站暂停服务，如需帮助请拨打服务热线',
    hotline: '服务热线',
    complaintLine: '投诉举报',
    lineAtDesk: '请问服务台',
    openingHours: '服务时间 {opens}–{closes}',
    resting: '现在休息 · 服务时间 {opens}–{closes}',
    defaultSlogan: '找零工 用零工 就来零工市场',

    emptyTitle: '暂时没有在招的零工岗位',
    emptySoon: '新岗位一发布，马上显示在这里',
    emptyAsk: '找活、招人，请到服务台登记，\n或拨打服务热线',
    fewTitle: '没有合适的？',
    fewAsk: '请到服务台登记，工作人员帮您推荐岗位',
    waitingTitle: '正在准备岗位信息',
    waitingAsk: '请稍候，如有急事请到服务台咨询',

    stoppedTitle: '本屏幕已停用',
    stoppedAsk: '请联系驿站工作人员',
    stoppedAnew: '输入新的屏幕码',
    unknownStationTitle: '没有编号为 {station} 的驿站',
    unknownStationAsk: '请联系驿站工作人员核对屏幕网址',

    codeTitle: '连接本屏幕',
    codeAsk: '请输入 20 位屏幕码，由驿站工作人员在后台生成',
    codeStation: '驿站编号 {station}',
    codeErase: '删除',
    codeClear: '清空',
    codeSubmit: '连接',
    codeIncomplete: '还差 {count} 位',
    codeReady: '已输满 20 位，请按“连接”',
    codeHint: '用遥控器方向键选字，按“确定”键输入'
  };

  root.YIZHAN_TEXTS = texts;
  if (typeof module !== 'undefined' && module.exports) { module.exports = texts; }
}(this));
