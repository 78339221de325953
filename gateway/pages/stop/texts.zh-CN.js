/* What the page says. */
window.STOP_TEXTS = {
  title: '不再接收驿站的通知',
  asking: '点下面的按钮，就不再给您发招工、叫号和工钱通知。以后想再收，到驿站说一声。',
  stop: '停止接收',
  stopping: '正在办理…',
  stopped: '已停止。您不会再收到这些通知。',
  unknown: '这个链接无效，请到驿站办理。',
  failed: '没有办成，请检查网络后再点一次。'
}
