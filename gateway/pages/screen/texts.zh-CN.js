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
